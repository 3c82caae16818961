import cc.mallet.topics.ParallelTopicModel;
import cc.mallet.types.Alphabet;
import cc.mallet.types.FeatureSequence;
import cc.mallet.types.Instance;
import cc.mallet.types.InstanceList;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.lang.management.ManagementFactory;
import java.util.logging.Level;
import java.util.logging.LogManager;

/** Fits MALLET's topic model to token ids and writes what the benchmark scores: see held_out.py. */
public class MalletFit {
    public static void main(String[] args) throws Exception {
        LogManager.getLogManager().reset();
        int nTopics = Integer.parseInt(args[2]);
        double alphaSum = Double.parseDouble(args[3]), beta = Double.parseDouble(args[4]);
        DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(args[0]), 1 << 20));
        int nDocs = in.readInt(), nWords = in.readInt();
        Alphabet alphabet = new Alphabet();
        for (int word = 0; word < nWords; word++) alphabet.lookupIndex("w" + word, true);
        int[] lengths = new int[nDocs];
        for (int doc = 0; doc < nDocs; doc++) lengths[doc] = in.readInt();
        InstanceList documents = new InstanceList(alphabet, null);
        for (int doc = 0; doc < nDocs; doc++) {
            int[] tokens = new int[lengths[doc]];
            for (int at = 0; at < tokens.length; at++) tokens[at] = in.readInt();
            documents.add(new Instance(new FeatureSequence(alphabet, tokens), null, "d" + doc, null));
        }
        ParallelTopicModel model = new ParallelTopicModel(nTopics, alphaSum, beta);
        model.setRandomSeed(Integer.parseInt(args[5]));
        model.addInstances(documents);
        model.setNumThreads(1);
        model.setNumIterations(Integer.parseInt(args[6]));
        model.setBurninPeriod(20);
        model.setOptimizeInterval(10);
        model.setTopicDisplay(0, 0);
        model.printLogLikelihood = false;
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        model.estimate();
        long after = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        double[][] counts = new double[nTopics][nWords];
        for (int word = 0; word < nWords; word++) {
            for (int entry : model.typeTopicCounts[word]) {
                if (entry == 0) break;
                counts[entry & model.topicMask][word] = entry >> model.topicBits;
            }
        }
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(args[1])))) {
            out.writeDouble((after - before) / 1e9);
            out.writeDouble(model.beta);
            for (double alpha : model.alpha) out.writeDouble(alpha);
            for (double[] row : counts) for (double count : row) out.writeDouble(count);
        }
    }
}
