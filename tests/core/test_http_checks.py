"""What a request says of itself: names, origins."""

import pytest

from bandscape.core.http_checks import host_name, is_loopback, is_same_origin


@pytest.mark.parametrize(
    ("header", "name"),
    [("localhost", "localhost"), ("LocalHost:80", "localhost"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("", ""),
     ("127.0.0.1:80", "127.0.0.1"), ("a.example:80:90", "a.example"), (" box ", "box"), ("[::1", "::1")],
)  # fmt: skip
def test_the_name_in_a_host_header_is_found(header, name):
    assert host_name(header) == name


def test_only_addresses_of_this_machine_are_loopback():
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(
        map(is_loopback, ("0.0.0.0", "::", "192.168.0.1", "example.com", "localhost.example.com", ""))
    )


def test_an_origin_is_the_same_only_with_the_same_name_and_port():
    assert is_same_origin("http://box:80", "BOX:80")
    assert is_same_origin("https://[::1]:8050", "[::1]:8050")
    for origin in (
        "",
        "null",
        "box:80",
        "http://box",
        "http://box:81",
        "ftp://box:80",
        "http://box:80.example",
        "http://[x",
    ):
        assert not is_same_origin(origin, "box:80")
    assert not is_same_origin("http://", "")
