"""How the official SDKs sign, compress and encrypt: key, signature V4, temporary keys, deflate, TLS."""

import subprocess

import pytest

from conftest import KEY_ID, KEY_SECRET
from drivers import ClientFailed, write
from sdk_cases import BYTES, KEY, OLD_ENOUGH_S, named, refused

V4 = ["java", "python"]
JAVA = ["java"]


def works(sdk):
    """A table's whole life."""
    sdk.create_table("w", KEY, deviation=OLD_ENOUGH_S, versions=2)
    sdk.put_row("w", named("a"), [("s", "text"), ("b", BYTES), ("v", 1, 1), ("v", 2, 2)])
    assert sdk.get_row("w", named("a"), 9).values == [
        ("b", BYTES), ("s", "text"), ("v", 2), ("v", 1)]
    results = sdk.batch_write_row(*(
        write("put", "w", named("x", n), [("c", "z" * 1000)]) for n in range(200)))
    assert all(r.ok for r in results)
    rows, _ = sdk.read_range("w", named("x", 0), named("x", 1000))
    assert [row[1][0][1] for row in rows] == ["z" * 1000] * 200
    error = refused("OTSObjectNotExist", "Requested table does not exist.", sdk.delete_table, "none")
    assert (error.status, bool(error.request_id)) == (404, True)
    sdk.delete_table("w")


def test_wrong_key_secret_and_instance(sdk, service, start_sdk):
    other = start_sdk(sdk.language)
    for how, text in (
        (("nobody", KEY_SECRET), "The AccessKeyID does not exist."),
        ((KEY_ID, "wrong"), "Signature mismatch."),
        ((KEY_ID, KEY_SECRET, "another"), "The instance is not found."),
    ):
        other.connect(service.url, *how)
        error = refused("OTSAuthFailed", text, other.list_tables)
        assert error.status == 403


def test_temporary_credentials(sdk, start_sdk, start_service):
    one = start_service(token="sts-token")
    other = start_sdk(sdk.language)
    other.connect(one.url, KEY_ID, KEY_SECRET, token="sts-token")
    works(other)
    for how in ({"token": "stale"}, {}):
        other.connect(one.url, KEY_ID, KEY_SECRET, **how)
        refused("OTSAuthFailed", "", other.list_tables)


@pytest.mark.parametrize("language", V4)
def test_signature_version_4(language, service, start_service, start_sdk):
    sdk = start_sdk(language)
    sdk.connect(service.url, KEY_ID, KEY_SECRET, region="cn-hangzhou")
    works(sdk)
    sdk.connect(service.url, KEY_ID, "wrong", region="cn-hangzhou")
    refused("OTSAuthFailed", "Signature mismatch.", sdk.list_tables)
    one = start_service(token="sts-token")
    sdk.connect(one.url, KEY_ID, KEY_SECRET, region="cn-hangzhou", token="sts-token")
    works(sdk)


@pytest.mark.parametrize("language", JAVA)
@pytest.mark.parametrize("how", [{}, {"region": "cn-shanghai"}])
def test_compressed_both_ways(language, how, service, start_sdk):
    sdk = start_sdk(language)
    sdk.connect(service.url, KEY_ID, KEY_SECRET, compress=True, **how)
    works(sdk)


@pytest.mark.parametrize("language", JAVA)
def test_md5_of_answers(language, service, start_sdk):
    sdk = start_sdk(language)
    sdk.connect(service.url, KEY_ID, KEY_SECRET, check_md5=True)
    works(sdk)


def trusting(language, ca, folder):
    """The environment in which a driver trusts a file of certificates."""
    if language == "go":
        return {"SSL_CERT_FILE": ca}
    if language == "node":
        return {"NODE_EXTRA_CA_CERTS": ca}
    if language == "java":
        store = str(folder / "trust.p12")
        subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "local", "-file", ca,
                        "-keystore", store, "-storepass", "not-secret"], check=True, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {"JDK_JAVA_OPTIONS": f"-Djavax.net.ssl.trustStore={store} "
                                    "-Djavax.net.ssl.trustStorePassword=not-secret"}
    return {}


def test_tls_with_the_certificate_of_the_run(sdk, start_sdk, start_service, tmp_path):
    one = start_service("--tls")
    assert one.url.startswith("https://")
    ca = one.ready["ca"]
    other = start_sdk(sdk.language, **trusting(sdk.language, ca, tmp_path))
    other.connect(one.url, KEY_ID, KEY_SECRET, **({"ca": ca} if sdk.language == "python" else {}))
    works(other)
    stranger = start_sdk(sdk.language)
    stranger.connect(one.url, KEY_ID, KEY_SECRET)
    with pytest.raises(ClientFailed):
        stranger.list_tables()
