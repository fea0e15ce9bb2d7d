"""Which addresses of the web may be fetched, as far as text and numbers tell."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.addresses import (
    UNREACHABLE,
    NotPublicError,
    UnfetchableError,
    checked_url,
    is_public,
)

NOT_PUBLIC = [
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1.0x7f/",
    "http://0/",
    "http://0.0.0.0/",
    "http://255.255.255.255/",
    "http://10.0.0.7/",
    "http://172.16.9.9/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254./",
    "http://192.0.0.192/",
    "http://168.63.129.16/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[64:ff9b:1::10.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[fec0::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "http://127。0。0。1/",
    "http://١٢٧.0.0.1/",
    "http://printer/",
    "http://printer.local/",
    "http://x.localhost/",
    "http://router.home.arpa/",
    "http://metadata/computeMetadata/v1/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://metadata.google.internal./",
    "http://%31%32%37.0.0.1/",
    "http://a..example.org/",
    "http://-a.example.org/",
    f"http://{'a' * 64}.example.org/",
]
NO_ADDRESS = [
    "",
    "disc.png",
    "example.org/disc.png",
    "//example.org/disc.png",
    "http:///disc.png",
    "http:127.0.0.1",
    "http://",
    "file:///etc/passwd",
    "ftp://example.org/disc.png",
    "gopher://example.org/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "http://example.org\\@127.0.0.1/",
    "http://example.org /",
    "http://example.org/\r\nHost: 127.0.0.1",
    "http://example.org/\x00",
    "http://[::1]./",
    "http://[::1",
    "http://example.org:99999/",
    "http://\u00adlocalhost/",
    "http://example.org/" + "a" * 2000,
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_what_is_not_public_reads_like_what_nobody_answers_at(text: str) -> None:
    with pytest.raises(NotPublicError) as refused:
        checked_url(text, ())
    assert str(refused.value) == UNREACHABLE


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_of_the_web_is_refused_in_words(text: str) -> None:
    with pytest.raises(UnfetchableError, match=r"looks like https://example\.org/picture\.jpg"):
        checked_url(text, ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://anna:secret@example.org/", "Leave the name and the password out"),
        ("https://anna@example.org/", "Leave the name and the password out"),
        ("https://:secret@example.org/", "Leave the name and the password out"),
        ("http://127.0.0.1%2f@example.org/", "Leave the name and the password out"),
        ("https://example.org:8443/", "port number"),
        ("http://example.org:22/", "port number"),
        ("http://example.org:0/", "port number"),
    ],
)
def test_no_name_password_or_port_is_taken(text: str, says: str) -> None:
    with pytest.raises(UnfetchableError, match=says):
        checked_url(text, ())


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("https://example.org/disc.png", "https://example.org/disc.png"),
        ("HTTPS://Example.ORG./a%2fb?x=1#there", "https://example.org/a%2Fb?x=1"),
        ("http://example.org:80/", "http://example.org:80/"),
        ("http://münchen.example.org/ä", "http://xn--mnchen-3ya.example.org/%C3%A4"),
        ("http://a_b.example.org", "http://a_b.example.org"),
        ("http://93.184.216.34/", "http://93.184.216.34/"),
        ("http://[2606:4700::1]/", "http://[2606:4700::1]/"),
        ("http://[64:ff9b::93.184.216.34]/", "http://[64:ff9b::5db8:d822]/"),
    ],
)
def test_an_address_of_the_public_web_is_taken(text: str, asked: str) -> None:
    assert checked_url(text, ()) == checked_url(asked, ())
    assert checked_url(text, ()).raw_host == checked_url(asked, ()).raw_host


@pytest.mark.parametrize(
    ("text", "own_hosts", "is_taken"),
    [
        ("http://127.0.0.1:8080/", {"127.0.0.1:8080"}, True),
        ("http://127.0.0.1:8081/", {"127.0.0.1:8080"}, False),
        ("http://127.0.0.1/", {"127.0.0.1:8080"}, False),
        ("http://127.0.0.1:8080/", {"127.0.0.1"}, False),
        ("https://pacs/", {"pacs"}, True),
        ("http://PACS./", {"pacs"}, True),
        ("http://pacs.evil.example.org:8080/", {"pacs:8080"}, False),
        ("http://[::1]:8080/", {"[::1]:8080"}, True),
        ("ftp://pacs/", {"pacs"}, False),
        ("http://anna@pacs/", {"pacs"}, False),
    ],
)
def test_the_operator_s_own_hosts_are_taken_by_host_and_port(
    text: str, own_hosts: set[str], *, is_taken: bool
) -> None:
    if is_taken:
        assert checked_url(text, own_hosts).raw_host
    else:
        with pytest.raises(UnfetchableError):
            checked_url(text, own_hosts)


_PRIVATE_4 = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
]
_numbers = st.sampled_from(_PRIVATE_4).flatmap(
    lambda network: st.ip_addresses(v=4, network=network)
)


@given(_numbers)
def test_no_private_number_is_public_nor_becomes_so_inside_another(number: object) -> None:
    inner = int(ip_address(str(number)))
    for prefix in ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::"):
        assert not is_public(ip_address(int(ip_address(prefix)) + inner))
    for prefix, shift in (("2002::", 80), ("2001::", 64), ("2001::", 0)):
        assert not is_public(ip_address(int(ip_address(prefix)) + (inner << shift)))
    assert not is_public(ip_address(str(number)))


@given(st.ip_addresses(v=6))
def test_only_what_was_given_out_is_public(address: object) -> None:
    number = ip_address(str(address))
    given_out = number in ip_network("2000::/3")
    carries_ipv4 = number in ip_network("::ffff:0:0/96") or number in ip_network("64:ff9b::/96")
    assert given_out or carries_ipv4 or not is_public(number)
