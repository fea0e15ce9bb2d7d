"""Pictures come from the public web and nowhere else, whatever an address or a server tries."""

import gzip
import itertools
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp.connector
import pytest
from pytest_django import Settings

from curation import fetching
from curation.domain.addresses import UNREACHABLE, NotPublicError, UnfetchableError
from curation.fetching import bring_from, fetch_picture
from curation.models import Image
from tests.curation.domain.test_addresses import NOT_PUBLIC
from tests.curation.web import (
    ELSEWHERE,
    PUBLIC,
    Internet,
    Site,
    internet,
    leads_to,
    open_site,
    says,
    sends,
)
from tests.environment import is_ci
from tests.factories import make_person, png_bytes

__all__ = ["internet"]

PICTURE = png_bytes(8101)
_WHOLE = f"HTTP/1.1 200 OK\r\nContent-Length: {len(PICTURE)}\r\n\r\n".encode()


@pytest.fixture
def site(internet: Internet) -> Iterator[Site]:
    """A public site with a picture, called pictures.example.org."""
    with open_site() as site:
        site.answers["/disc.png"] = says(PICTURE)
        internet.host("pictures.example.org", PUBLIC)
        internet.sites[PUBLIC, 80] = site.port
        yield site


@pytest.fixture
def inside(settings: Settings, internet: Internet) -> Iterator[Site]:
    """A site of the network this server runs in, which nobody may ask."""
    with open_site() as inside:
        inside.answers["/secret"] = says(PICTURE)
        yield inside
        assert inside.asked == []


@pytest.fixture
def own(settings: Settings) -> Iterator[Site]:
    """A site of the operator's own network that may be asked."""
    with open_site() as own:
        own.answers["/disc.png"] = says(PICTURE)
        settings.IMAGE_HOSTS = frozenset({f"127.0.0.1:{own.port}"})
        yield own


def _refused(address: str) -> UnfetchableError:
    """Why nothing came from an address, in words that name no number of ours."""
    with pytest.raises(UnfetchableError) as refused:
        fetch_picture(address)
    words = str(refused.value)
    assert "127.0.0.1" not in words
    assert "Error" not in words
    return refused.value


class TestThePublicWeb:
    """What a clinician means by an address."""

    @pytest.mark.usefixtures("site")
    def test_a_public_picture_is_fetched_from_the_number_its_name_stands_for(
        self, internet: Internet
    ) -> None:
        assert fetch_picture("http://pictures.example.org/disc.png") == PICTURE
        assert internet.connected == [(PUBLIC, 80)]
        assert internet.resolved == ["pictures.example.org"]

    @pytest.mark.usefixtures("site")
    def test_a_number_is_an_address_too(self, internet: Internet) -> None:
        assert fetch_picture(f"http://{PUBLIC}/disc.png") == PICTURE
        assert internet.connected == [(PUBLIC, 80)]

    def test_the_request_says_nothing_of_who_asks(self, site: Site) -> None:
        fetch_picture("http://pictures.example.org/disc.png#part")
        (head,) = site.asked
        lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:-1])
        assert head.startswith("GET /disc.png HTTP/1.1\r\n")
        assert set(lines) <= {
            *("Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"),
        }
        assert (lines["Host"], lines["Accept-Encoding"]) == ("pictures.example.org", "identity")

    @pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
    @pytest.mark.usefixtures("site")
    def test_a_proxy_of_the_environment_is_ignored(
        self, name: str, internet: Internet, inside: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
        assert fetch_picture("http://pictures.example.org/disc.png") == PICTURE
        assert internet.connected == [(PUBLIC, 80)]

    def test_a_host_nobody_answers_at_is_unreachable(self, internet: Internet) -> None:
        internet.host("closed.example.org", ELSEWHERE)
        assert str(_refused("http://closed.example.org/")) == UNREACHABLE
        assert str(_refused("http://unheard-of.example.org/")) == UNREACHABLE


class TestDisguises:
    """No address of our own network, however it is written or whatever it resolves to."""

    @pytest.mark.parametrize("address", NOT_PUBLIC)
    def test_nobody_is_asked_nor_looked_up(self, address: str, internet: Internet) -> None:
        assert isinstance(_refused(address), NotPublicError)
        assert internet.connected == []
        assert internet.resolved == []

    @pytest.mark.parametrize(
        "number",
        [
            *("127.0.0.1", "127.8.8.8", "0.0.0.1", "10.0.0.7", "172.31.0.1", "192.168.0.1"),
            *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.8", "192.0.0.192"),
            *("168.63.129.16", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
            *("::", "::1", "fe80::1", "fec0::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1"),
            *("::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::"),
            *("2001:0:7f00:1::", "100::1", "3fff::1", "5f00::1", "4000::1"),
        ],
    )
    @pytest.mark.parametrize("is_mixed", [False, True], ids=["alone", "among public ones"])
    def test_a_public_name_of_a_private_number_is_refused(
        self, number: str, internet: Internet, *, is_mixed: bool
    ) -> None:
        internet.host("trick.example.org", *([PUBLIC, number] if is_mixed else [number]))
        refused = _refused("http://trick.example.org/")
        assert isinstance(refused, NotPublicError)
        assert str(refused) == UNREACHABLE
        assert internet.connected == []

    def test_a_name_that_changes_its_number_is_still_asked_at_the_one_that_was_checked(
        self, internet: Internet, site: Site, inside: Site
    ) -> None:
        internet.names["rebinding.example.org"] = [[PUBLIC], ["127.0.0.1"]]
        internet.sites["127.0.0.1", 80] = inside.port
        assert fetch_picture("http://rebinding.example.org/disc.png") == PICTURE
        assert internet.connected == [(PUBLIC, 80)]
        # The name server was asked once; now it would say something else.
        assert internet.answers("rebinding.example.org") == ["127.0.0.1"]

    def test_a_name_that_changes_between_redirects_is_checked_anew(
        self, internet: Internet, site: Site
    ) -> None:
        internet.names["rebinding.example.org"] = [[PUBLIC], ["127.0.0.1"]]
        site.answers["/first"] = leads_to("/second")
        refused = _refused("http://rebinding.example.org/first")
        assert isinstance(refused, NotPublicError)
        assert internet.connected == [(PUBLIC, 80)]


class TestRedirects:
    """Each is an address like the first one."""

    @pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Now", "308 Ever"])
    def test_a_redirect_is_followed(self, site: Site, status: str) -> None:
        site.answers["/old"] = leads_to("disc.png", status=status)
        assert fetch_picture("http://pictures.example.org/old") == PICTURE

    def test_another_host_is_resolved_and_gets_no_cookie(
        self, internet: Internet, site: Site
    ) -> None:
        internet.host("mirror.example.org", ELSEWHERE)
        internet.sites[ELSEWHERE, 80] = site.port
        site.answers["/old"] = leads_to("http://mirror.example.org/disc.png", "Set-Cookie: a=1")
        assert fetch_picture("http://pictures.example.org/old") == PICTURE
        assert internet.connected == [(PUBLIC, 80), (ELSEWHERE, 80)]
        assert "cookie" not in site.asked[-1].lower()

    @pytest.mark.parametrize(
        "address",
        [
            *("http://127.0.0.1/secret", "http://[::1]/secret", "http://169.254.169.254/"),
            *("//localhost/secret", "http://2130706433/secret", "http://metadata.google.internal/"),
            *("http://inside.example.org/secret",),
        ],
    )
    def test_a_redirect_into_our_network_is_refused(
        self, internet: Internet, site: Site, inside: Site, address: str
    ) -> None:
        internet.host("inside.example.org", "127.0.0.1")
        internet.sites["127.0.0.1", 80] = inside.port
        site.answers["/old"] = leads_to(address)
        assert isinstance(_refused("http://pictures.example.org/old"), NotPublicError)
        assert internet.connected == [(PUBLIC, 80)]

    @pytest.mark.parametrize(
        ("address", "says"),
        [
            ("http://pictures.example.org:8080/", "port number"),
            ("http://anna:secret@pictures.example.org/", "password"),
            ("file:///etc/passwd", "looks like"),
            ("ftp://pictures.example.org/", "looks like"),
            ("http://[::1", "leads on to others"),
            ("http://pictures.example.org/\xff\xfe", "no picture at this address"),
        ],
    )
    def test_a_redirect_to_what_could_not_be_entered_is_refused(
        self, site: Site, address: str, says: str
    ) -> None:
        site.answers["/old"] = leads_to(address)
        assert says in str(_refused("http://pictures.example.org/old"))

    def test_three_redirects_are_followed_and_no_more(self, site: Site) -> None:
        for number in range(1, 5):
            site.answers[f"/{number}"] = leads_to(f"/{number - 1}")
        site.answers["/0"] = says(PICTURE)
        assert fetch_picture("http://pictures.example.org/3") == PICTURE
        site.asked.clear()
        assert "without end" in str(_refused("http://pictures.example.org/4"))
        assert len(site.asked) == 4

    def test_a_redirect_to_nowhere_is_a_failure(self, site: Site) -> None:
        site.answers["/old"] = says(b"", status="302 Found")
        assert "failed" in str(_refused("http://pictures.example.org/old"))


class TestOwnHosts:
    """What the operator lists, and nothing beside it."""

    def test_a_listed_host_is_asked_at_its_port(self, own: Site) -> None:
        assert fetch_picture(f"http://127.0.0.1:{own.port}/disc.png") == PICTURE

    def test_the_same_host_is_asked_at_no_other_port(
        self, own: Site, internet: Internet, inside: Site
    ) -> None:
        refused = _refused(f"http://127.0.0.1:{inside.port}/secret")
        assert "port number" in str(refused)
        assert internet.connected == []

    def test_a_listed_name_may_stand_for_a_private_number(
        self, own: Site, internet: Internet, settings: Settings
    ) -> None:
        settings.IMAGE_HOSTS = frozenset({f"pacs.local:{own.port}"})
        internet.host("pacs.local", "127.0.0.1")
        assert fetch_picture(f"http://pacs.local:{own.port}/disc.png") == PICTURE

    def test_a_redirect_from_it_to_another_private_host_is_refused(
        self, own: Site, internet: Internet, inside: Site
    ) -> None:
        internet.host("other.example.org", "127.0.0.1")
        internet.sites["127.0.0.1", 80] = inside.port
        for address in ("http://127.0.0.1/secret", "http://other.example.org/secret"):
            own.answers["/old"] = leads_to(address)
            assert isinstance(_refused(f"http://127.0.0.1:{own.port}/old"), NotPublicError)
        assert {place for place, _ in internet.connected} == {"127.0.0.1"}
        assert {port for _, port in internet.connected} == {own.port}


def _dripping(site: Site) -> Iterator[bytes]:
    while not site.is_closing.wait(0.02):
        yield b"x"


class TestHostileServers:
    """Every answer ends soon, in words or with bytes for the decoder."""

    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetching, "DEADLINE_SECONDS", 1.0)

    def test_a_server_that_drips_its_picture_is_left(self, site: Site) -> None:
        site.answers["/"] = sends(
            itertools.chain([b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"], _dripping(site))
        )
        assert "did not arrive within" in str(_refused("http://pictures.example.org/"))

    def test_a_server_that_drips_its_headers_is_left(self, site: Site) -> None:
        site.answers["/"] = sends(itertools.chain([b"HTTP/1.1 200 OK\r\nX: "], _dripping(site)))
        assert "did not arrive within" in str(_refused("http://pictures.example.org/"))

    def test_a_server_that_says_nothing_is_left(self, site: Site) -> None:
        site.answers["/"] = lambda _: _wait(site.is_closing)
        assert "did not arrive within" in str(_refused("http://pictures.example.org/"))

    def test_redirects_that_take_long_together_are_left(self, site: Site) -> None:
        def slowly(connection: socket.socket) -> None:
            site.is_closing.wait(0.4)
            leads_to("/")(connection)

        site.answers["/"] = slowly
        assert "did not arrive within" in str(_refused("http://pictures.example.org/"))

    def test_a_name_server_that_does_not_answer_is_left(
        self, internet: Internet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closing, closed = threading.Event(), threading.Event()

        def wait(*_: Any, **__: Any) -> list[Any]:
            _wait(closing)
            closed.set()
            return []

        monkeypatch.setattr(socket, "getaddrinfo", wait)
        assert "did not arrive within" in str(_refused("http://slow.example.org/"))
        assert not closed.is_set()
        closing.set()

    def test_an_endless_body_is_cut_off(self, site: Site, settings: Settings) -> None:
        settings.UPLOAD_MAX_BYTES = 1024**2
        site.answers["/"] = sends(
            itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(bytes(10_000)))
        )
        assert "larger than 1 MB" in str(_refused("http://pictures.example.org/"))

    def test_a_body_of_just_the_limit_is_taken(self, site: Site, settings: Settings) -> None:
        settings.UPLOAD_MAX_BYTES = 1024**2
        site.answers["/whole"] = says(bytes(1024**2))
        site.answers["/more"] = says(bytes(1024**2 + 1))
        assert fetch_picture("http://pictures.example.org/whole") == bytes(1024**2)
        assert "larger than 1 MB" in str(_refused("http://pictures.example.org/more"))

    @pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])
    def test_nothing_packed_is_unpacked(self, site: Site, packing: str) -> None:
        bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
        site.answers["/"] = says(bomb, f"Content-Encoding: {packing}")
        assert "packed" in str(_refused("http://pictures.example.org/"))

    def test_a_body_that_says_it_is_as_it_is_is_taken(self, site: Site) -> None:
        site.answers["/"] = says(PICTURE, "Content-Encoding: Identity")
        assert fetch_picture("http://pictures.example.org/") == PICTURE

    @pytest.mark.parametrize(
        "parts",
        [
            [b""],
            [b"\x16\x03\x01 no HTTP at all\r\n\r\n"],
            [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"],
            [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n"],
            [b"HTTP/1.1 200 " + b"K" * 100_000 + b"\r\n\r\n"],
            [b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
            [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"],
            [_WHOLE, PICTURE[:-1]],
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nxxx"],
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxxx"],
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 100_000],
        ],
        ids=[
            *("closed", "no HTTP", "huge header", "many headers", "huge status"),
            *("negative length", "two lengths", "too short", "cut chunk", "no chunk"),
            *("huge chunk size",),
        ],
    )
    def test_a_garbled_answer_is_none(self, site: Site, parts: list[bytes]) -> None:
        site.answers["/"] = sends(parts)
        assert str(_refused("http://pictures.example.org/")) == UNREACHABLE

    def test_endless_headers_are_not_kept(self, site: Site) -> None:
        endless = (f"X-{number}: y\r\n".encode() * 100 for number in itertools.count())
        site.answers["/"] = sends(itertools.chain([b"HTTP/1.1 200 OK\r\n"], endless))
        assert str(_refused("http://pictures.example.org/")) == UNREACHABLE

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            ("401 Unauthorized", "does not give the picture to everybody"),
            ("403 Forbidden", "does not give the picture to everybody"),
            ("404 Not Found", "no picture at this address"),
            ("410 Gone", "no picture at this address"),
            ("206 Partial Content", "failed"),
            ("204 No Content", "failed"),
            ("304 Not Modified", "failed"),
            ("500 Broken", "failed"),
        ],
    )
    def test_no_success_is_no_picture(self, site: Site, status: str, words: str) -> None:
        is_empty = status[:3] in {"204", "304"}
        site.answers["/"] = says(b"" if is_empty else PICTURE, status=status)
        assert words in str(_refused("http://pictures.example.org/"))

    @pytest.mark.parametrize(
        "kind", ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"]
    )
    def test_a_web_page_is_told_from_its_picture(self, site: Site, kind: str) -> None:
        page = b"<!doctype html>"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(page)}\r\n\r\n"
        site.answers["/"] = sends([head.encode(), page])
        assert str(_refused("http://pictures.example.org/")) == (
            "This address is a web page, not a picture. "
            "Right-click the picture and copy the address of the image."
        )

    def test_what_the_server_calls_it_does_not_matter_otherwise(self, site: Site) -> None:
        kinds = ("application/octet-stream", "text/plain", "nonsense")
        for kind in kinds:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 3\r\n\r\n"
            site.answers["/"] = sends([head.encode(), b"abc"])
            assert fetch_picture("http://pictures.example.org/") == b"abc"

    def test_slow_servers_take_only_so_many_threads(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "_SEATS", threading.BoundedSemaphore(1))
        monkeypatch.setattr(fetching, "PATIENCE_SECONDS", 0.01)
        told: list[str] = []

        def meanwhile(connection: socket.socket) -> None:
            told.append(str(_refused("http://pictures.example.org/disc.png")))
            says(PICTURE)(connection)

        site.answers["/"] = meanwhile
        assert fetch_picture("http://pictures.example.org/") == PICTURE
        assert "busy" in told[0]
        assert fetch_picture("http://pictures.example.org/disc.png") == PICTURE


def _wait(event: threading.Event) -> None:
    event.wait(20)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of secure.example.org with its key, signed by itself."""
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    name = ("-subj", "/CN=secure", "-addext", "subjectAltName=DNS:secure.example.org")
    command = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name)
    files = ("-keyout", str(path), "-out", str(path))
    subprocess.run([_openssl(), *command, *files], check=True, capture_output=True)
    return path


def _openssl() -> str:
    if found := shutil.which("openssl"):
        return found
    reason = "no openssl on this machine to make a certificate with"
    if is_ci():
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def secure(certificate: Path, internet: Internet) -> Iterator[Site]:
    """A site that speaks TLS, under its own name and under another one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    wrap = lambda plain: context.wrap_socket(  # noqa: E731 - the one line of it
        plain, server_side=True, do_handshake_on_connect=False
    )
    with open_site(wrap) as secure:
        secure.answers["/disc.png"] = says(PICTURE)
        for name in ("secure.example.org", "other.example.org"):
            internet.host(name, ELSEWHERE)
        internet.sites[ELSEWHERE, 443] = secure.port
        yield secure


class TestTLS:
    """The name in the address is the one that must be proven."""

    @pytest.fixture
    def _trusted(self, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)

    @pytest.mark.usefixtures("_trusted", "secure")
    def test_a_host_that_proves_its_name_is_asked(self, internet: Internet) -> None:
        assert fetch_picture("https://secure.example.org/disc.png") == PICTURE
        assert internet.connected == [(ELSEWHERE, 443)]

    @pytest.mark.usefixtures("_trusted")
    @pytest.mark.parametrize("host", ["other.example.org", ELSEWHERE])
    def test_a_host_that_proves_another_name_is_not(self, secure: Site, host: str) -> None:
        assert "cannot prove" in str(_refused(f"https://{host}/disc.png"))
        assert secure.asked == []

    def test_a_host_that_only_trusts_itself_is_not(self, secure: Site) -> None:
        assert "cannot prove" in str(_refused("https://secure.example.org/disc.png"))
        assert secure.asked == []

    def test_a_host_without_tls_is_not(self, internet: Internet, site: Site) -> None:
        internet.sites[PUBLIC, 443] = site.port
        site.greeting = b"HTTP/1.1 200 OK\r\n\r\n"
        refused = str(_refused("https://pictures.example.org/disc.png"))
        assert "cannot prove" in refused

    @pytest.mark.usefixtures("_trusted", "site")
    def test_a_redirect_never_leaves_tls(self, secure: Site, internet: Internet) -> None:
        secure.answers["/old"] = leads_to("http://pictures.example.org/disc.png")
        assert "not secure" in str(_refused("https://secure.example.org/old"))
        assert internet.connected == [(ELSEWHERE, 443)]

    @pytest.mark.usefixtures("_trusted", "secure")
    def test_a_redirect_may_enter_tls(self, site: Site) -> None:
        site.answers["/old"] = leads_to("https://secure.example.org/disc.png")
        assert fetch_picture("http://pictures.example.org/old") == PICTURE


@pytest.mark.django_db
class TestImages:
    """A picture from the web is an image whose source is known."""

    def test_the_address_is_its_source(self, site: Site) -> None:
        image = bring_from("http://pictures.example.org/disc.png", by=make_person())
        assert image.source == "http://pictures.example.org/disc.png"
        assert (image.license, image.attribution) == ("", "")
        assert image.no_patient_confirmed_at is None

    def test_a_source_that_was_written_stays(self, site: Site) -> None:
        person = make_person()
        brought = bring_from("http://pictures.example.org/disc.png", by=person)
        for before, after in (("Our archive", "Our archive"), ("", brought.source)):
            Image.objects.filter(pk=brought.pk).update(source=before)
            again = bring_from("http://pictures.example.org/disc.png", by=person)
            again.refresh_from_db()
            assert (again.pk, again.source) == (brought.pk, after)

    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("/disc.png?" + "x" * 300, "http://pictures.example.org/disc.png"),
            ("/" + "x" * 300, ""),
        ],
    )
    def test_an_address_too_long_for_a_source_is_not_cut_in_two(
        self, site: Site, path: str, source: str
    ) -> None:
        site.answers[path] = says(PICTURE)
        image = bring_from(f"http://pictures.example.org{path}", by=make_person())
        assert image.source == source


def test_the_public_numbers_of_these_tests_are_public() -> None:
    assert all(ip_address(number).is_global for number in (PUBLIC, ELSEWHERE))
