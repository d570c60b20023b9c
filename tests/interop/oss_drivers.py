"""Official OSS SDKs behind lines of JSON, as drivers.py has those of Tablestore. Bodies are base64.
The programs are below oss/; the methods of OssDriver are the calls."""

import base64

from drivers import Driver, command_of

# The SDKs of each language, and the signatures that each is tried with.
SDKS = [
    ("python", "oss2", "v1"), ("python", "oss2", "v4"), ("python", "v2", "v1"),
    ("python", "v2", "v4"), ("node", "ali-oss", "v1"), ("node", "ali-oss", "v4"),
    ("go", "v2", "v1"), ("go", "v2", "v4"),
]


class OssDriver(Driver):
    def __init__(self, language):
        super().__init__(language, command_of(language, "oss"))

    def connect(self, sdk, sign, ready, key_id, secret, bucket="backup", token=None):
        self.sdk, self.sign = sdk, sign
        self.call("connect", sdk=sdk, sign=sign, url=ready["oss"], region=ready["region"],
                  bucket=bucket, id=key_id, secret=secret, **({"token": token} if token else {}))

    def put(self, key, body, **headers):
        """@param headers  names with `_` for `-`"""
        return self.call("put", key=key, body=base64.b64encode(body).decode(),
                         headers={k.replace("_", "-"): v for k, v in headers.items()})

    def get(self, key, first=None, last=None):
        span = {} if first is None else {"range": [first, last]}
        return base64.b64decode(self.call("get", key=key, **span)["body"])

    def head(self, key):
        return self.call("head", key=key)

    def append(self, key, position, body):
        return self.call("append", key=key, position=position,
                         body=base64.b64encode(body).decode())["next"]

    def multipart(self, key, parts):
        return self.call("multipart", key=key,
                         parts=[base64.b64encode(part).decode() for part in parts])

    def list(self, form=2, prefix="", delimiter="", page=100):
        """@return keys and common prefixes of all pages"""
        answer = self.call("list", form=form, prefix=prefix, delimiter=delimiter, max=page)
        return answer["keys"], answer["prefixes"]

    def delete(self, key):
        self.call("delete", key=key)

    def delete_many(self, keys):
        return self.call("delete_many", keys=keys)["deleted"]

    def presign(self, key, seconds=60):
        return self.call("presign", key=key, seconds=seconds)["url"]

    def symlink(self, key, target):
        return self.call("symlink", key=key, target=target)["target"]

    def copy(self, source, key):
        return self.call("copy", **{"from": source}, key=key)["etag"]

    def buckets(self):
        return self.call("buckets")

    def restore(self, key):
        return self.call("restore", key=key)["status"]
