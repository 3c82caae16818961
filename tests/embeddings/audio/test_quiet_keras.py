"""TensorFlow is loaded without a word, in a fresh process."""

import subprocess
import sys


def test_nothing_is_written_while_tensorflow_is_loaded_and_the_descriptor_comes_back():
    program = (
        "import sys; from bandscape.embeddings.audio.quiet_keras import import_keras; keras = import_keras();"
        "keras.ops.convert_to_numpy(keras.ops.matmul(keras.ops.ones((2, 2)), keras.ops.ones((2, 2))));"
        "print('heard again', file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stderr == "heard again\n"
    assert ran.stdout == ""
