import pytest

from evaluation.clients.address import AddressError, checked_base_url


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8300/v1",
        "http://vllm:8000/v1",
        "https://models.example.org",
        "http://[::1]:8000/v1",
    ],
)
def test_addresses_of_models_are_taken_local_ones_too(text: str) -> None:
    assert checked_base_url(f" {text}/ ", []) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "models.example.org/v1",
        "ftp://models.example.org",
        "file:///etc/passwd",
        "http://",
        "http://host:port/v1",
        "http://host:0/v1",
        "http://host:99999/v1",
        "http://[::1/v1",
        "https://name:secret@models.example.org",
        "https://models.example.org/v1?key=secret",
        "https://models.example.org/v1#part",
        "https://models.example.org/\r\nHost: other",
        "https://models.example.org/a b",
        "https://mödels.example.org",
    ],
)
def test_what_is_no_address_of_a_model_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        checked_base_url(text, [])


@pytest.mark.parametrize("text", ["https://MODELS.example.org/v1", "http://models.example.org:1"])
def test_a_listed_host_is_taken_whatever_its_port(text: str) -> None:
    assert checked_base_url(text, ["Models.example.org"]) == text


@pytest.mark.parametrize(
    "host",
    [
        "other.org",
        "models.example.org.evil.org",
        "evil-models.example.org",
        "models.example.org@e.org",
    ],
)
def test_an_unlisted_host_is_refused(host: str) -> None:
    with pytest.raises(AddressError):
        checked_base_url(f"https://{host}/v1", ["models.example.org"])
