"""Who hands out keys, imitated on this machine: STS, the metadata service, an address. Requests are held
against the published rules by code that shares nothing with the program's."""

import base64
import datetime
import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import threading
import urllib.parse

METADATA_TOKEN = "metadata-token-4711"


def in_seconds(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def rpc_signature(form, secret):
    """Of an RPC call by POST: parameters by name, encoded, joined, encoded once more."""

    def quote(text):
        return urllib.parse.quote(text, safe="-_.~")

    pairs = sorted((name, value) for name, value in form.items() if name != "Signature")
    joined = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    text = f"POST&%2F&{quote(joined)}"
    return base64.b64encode(hmac.digest((secret + "&").encode(), text.encode(), "sha1")).decode()


def v4_signature(path, headers, secret):
    """Of a Tablestore request, version 4."""
    key = ("aliyun_v4" + secret).encode()
    for part in (headers["x-ots-signdate"], headers["x-ots-signregion"], "ots", "aliyun_v4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    lines = "".join(
        f"{name}:{value}\n"
        for name, value in sorted(headers.items())
        if name.startswith("x-ots-") and not name.startswith("x-ots-signature")
    )
    text = f"{path}\nPOST\n\n{lines}ots"
    return base64.b64encode(hmac.digest(base64.b64encode(key), text.encode(), "sha256")).decode()


class KeyServices:
    """One server for all of them. `keys` are handed out in turn, the last one again and again."""

    def __init__(self, keys, base=None, version_1_only=False, context=None):
        self.keys = keys
        self.base = base or {}  # secrets by id, of who may assume a role
        self.version_1_only = version_1_only
        self.requests = []  # "PUT /latest/api/token" …
        self.forms = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body):
                body = body.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                owner.requests.append(f"{self.command} {self.path}")
                self.answer(*owner.answer(self.command, self.path, self.headers, body))

            do_GET = do_POST = do_PUT = serve

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def next_key(self):
        return self.keys.pop(0) if len(self.keys) > 1 else self.keys[0]

    def answer(self, method, path, headers, body):
        if (method, path) == ("PUT", "/latest/api/token"):
            good = headers.get("X-aliyun-ecs-metadata-token-ttl-seconds") and not self.version_1_only
            return (200, METADATA_TOKEN) if good else (404, "")
        if path.startswith("/latest/meta-data/"):
            if not self.version_1_only and headers.get("X-aliyun-ecs-metadata-token") != METADATA_TOKEN:
                return 401, ""
            if path.endswith("/security-credentials/"):
                return 200, "the-role"
            if path.endswith("/security-credentials/the-role"):
                return 200, json.dumps({"Code": "Success", **self.next_key()})
            return 404, ""
        if (method, path) == ("POST", "/"):
            return self.assume(dict(urllib.parse.parse_qsl(body, strict_parsing=True)))
        if (method, path) == ("GET", "/key?who=me"):
            return 200, json.dumps({"Code": "Success", **self.next_key()})
        return 404, ""

    def assume(self, form):
        self.forms.append(form)
        if form["Action"] == "AssumeRoleWithOIDC":
            good = form.get("OIDCToken") == "oidc-token" and "AccessKeyId" not in form
        else:
            secret = self.base.get(form["AccessKeyId"])
            good = secret is not None and form["Signature"] == rpc_signature(form, secret)
        if not good or form["Version"] != "2015-04-01":
            return 400, json.dumps({"Code": "SignatureDoesNotMatch", "Message": "not signed so"})
        return 200, json.dumps({"RequestId": "r", "Credentials": self.next_key()})


class Recorder:
    """Answers every Tablestore call alike and keeps its headers."""

    def __init__(self, status, body):
        self.calls = []  # (request line's target, headers by lower-case name)
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                owner.calls.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("x-ots-contentmd5", base64.b64encode(hashlib.md5(body).digest()).decode())
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def server_context(folder):
    """TLS for 127.0.0.1 and the file that makes it trusted."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=otsfs test"]
        + ["-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
