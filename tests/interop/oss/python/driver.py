"""Both Python SDKs of OSS behind lines of JSON: one call a line in, one answer a line out
(../../oss_drivers.py says which). It decides nothing."""

import base64
import datetime
import json
import sys

import alibabacloud_oss_v2 as v2
import oss2


def b64(data):
    return base64.b64encode(data).decode()


class Oss2:
    def __init__(self, c):
        kind = {
            ("v1", False): oss2.Auth, ("v4", False): oss2.AuthV4,
        }.get((c["sign"], bool(c.get("token"))))
        if kind is not None:
            auth = kind(c["id"], c["secret"])
        else:
            auth = oss2.StsAuth(c["id"], c["secret"], c["token"],
                                auth_version=c["sign"])
        self.bucket = oss2.Bucket(auth, c["url"], c["bucket"], region=c["region"])
        self.service = oss2.Service(auth, c["url"], region=c["region"])

    def put(self, c):
        r = self.bucket.put_object(c["key"], base64.b64decode(c["body"]), headers=c.get("headers"))
        return {"etag": r.etag, "crc": r.crc}

    def get(self, c):
        headers = {"x-oss-range-behavior": "standard"} if c.get("range") else None
        r = self.bucket.get_object(c["key"], byte_range=tuple(c["range"]) if c.get("range") else None,
                                   headers=headers)
        return {"body": b64(r.read()), "etag": r.etag}

    def head(self, c):
        r = self.bucket.head_object(c["key"])
        meta = {k[11:]: v for k, v in r.headers.items() if k.lower().startswith("x-oss-meta-")}
        return {"size": r.content_length, "etag": r.etag, "type": r.object_type, "meta": meta,
                "class": r.headers.get("x-oss-storage-class")}

    def append(self, c):
        return {"next": self.bucket.append_object(c["key"], c["position"],
                                                  base64.b64decode(c["body"])).next_position}

    def multipart(self, c):
        upload = self.bucket.init_multipart_upload(c["key"]).upload_id
        parts = []
        for number, body in enumerate(c["parts"], 1):
            data = base64.b64decode(body)
            r = self.bucket.upload_part(c["key"], upload, number, data)
            parts.append(oss2.models.PartInfo(number, r.etag, size=len(data), part_crc=r.crc))
        listed = self.bucket.list_parts(c["key"], upload).parts
        r = self.bucket.complete_multipart_upload(c["key"], upload, parts)
        return {"etag": r.etag, "parts": [p.part_number for p in listed]}

    def list(self, c):
        kind = oss2.ObjectIteratorV2 if c["form"] == 2 else oss2.ObjectIterator
        keys, prefixes = [], []
        for entry in kind(self.bucket, prefix=c["prefix"], delimiter=c["delimiter"],
                          max_keys=c["max"]):
            (prefixes if entry.is_prefix() else keys).append(entry.key)
        return {"keys": keys, "prefixes": prefixes}

    def delete(self, c):
        self.bucket.delete_object(c["key"])
        return {}

    def delete_many(self, c):
        return {"deleted": self.bucket.batch_delete_objects(c["keys"]).deleted_keys}

    def presign(self, c):
        return {"url": self.bucket.sign_url("GET", c["key"], c["seconds"], slash_safe=True)}

    def symlink(self, c):
        self.bucket.put_symlink(c["target"], c["key"])
        return {"target": self.bucket.get_symlink(c["key"]).target_key}

    def copy(self, c):
        return {"etag": self.bucket.copy_object(self.bucket.bucket_name, c["from"], c["key"]).etag}

    def buckets(self, c):
        return {"names": [b.name for b in oss2.BucketIterator(self.service)],
                "location": self.bucket.get_bucket_location().location,
                "info": self.bucket.get_bucket_info().name}

    def restore(self, c):
        return {"status": self.bucket.restore_object(c["key"]).status}


class V2:
    def __init__(self, c):
        config = v2.config.load_default()
        config.credentials_provider = v2.credentials.StaticCredentialsProvider(
            c["id"], c["secret"], c.get("token"))
        config.region = c["region"]
        config.endpoint = c["url"]
        config.signature_version = c["sign"]
        config.retry_max_attempts = 1
        self.client = v2.Client(config)
        self.bucket = c["bucket"]

    def put(self, c):
        headers = dict(c.get("headers") or {})
        meta = {k[11:]: v for k, v in headers.items() if k.startswith("x-oss-meta-")}
        r = self.client.put_object(v2.PutObjectRequest(
            bucket=self.bucket, key=c["key"], body=base64.b64decode(c["body"]), metadata=meta or None,
            storage_class=headers.get("x-oss-storage-class"),
            forbid_overwrite=headers.get("x-oss-forbid-overwrite") == "true" or None))
        return {"etag": r.etag.strip('"'), "crc": int(r.hash_crc64)}

    def get(self, c):
        header = f"bytes={c['range'][0]}-{c['range'][1]}" if c.get("range") else None
        r = self.client.get_object(v2.GetObjectRequest(
            bucket=self.bucket, key=c["key"], range_header=header,
            range_behavior="standard" if header else None))
        return {"body": b64(r.body.content), "etag": r.etag.strip('"')}

    def head(self, c):
        r = self.client.head_object(v2.HeadObjectRequest(bucket=self.bucket, key=c["key"]))
        return {"size": r.content_length, "etag": r.etag.strip('"'), "type": r.object_type,
                "meta": dict(r.metadata or {}), "class": r.storage_class}

    def append(self, c):
        r = self.client.append_object(v2.AppendObjectRequest(
            bucket=self.bucket, key=c["key"], position=c["position"],
            body=base64.b64decode(c["body"])))
        return {"next": r.next_position}

    def multipart(self, c):
        upload = self.client.initiate_multipart_upload(v2.InitiateMultipartUploadRequest(
            bucket=self.bucket, key=c["key"])).upload_id
        parts = []
        for number, body in enumerate(c["parts"], 1):
            r = self.client.upload_part(v2.UploadPartRequest(
                bucket=self.bucket, key=c["key"], part_number=number, upload_id=upload,
                body=base64.b64decode(body)))
            parts.append(v2.UploadPart(part_number=number, etag=r.etag))
        listed = self.client.list_parts(v2.ListPartsRequest(
            bucket=self.bucket, key=c["key"], upload_id=upload)).parts
        r = self.client.complete_multipart_upload(v2.CompleteMultipartUploadRequest(
            bucket=self.bucket, key=c["key"], upload_id=upload,
            complete_multipart_upload=v2.CompleteMultipartUpload(parts=parts)))
        return {"etag": r.etag.strip('"'), "parts": [p.part_number for p in listed]}

    def list(self, c):
        if c["form"] == 2:
            pages = self.client.list_objects_v2_paginator()
            request = v2.ListObjectsV2Request
        else:
            pages = self.client.list_objects_paginator()
            request = v2.ListObjectsRequest
        keys, prefixes = [], []
        for page in pages.iter_page(request(bucket=self.bucket, prefix=c["prefix"],
                                            delimiter=c["delimiter"], max_keys=c["max"])):
            keys += [o.key for o in page.contents or []]
            prefixes += [p.prefix for p in page.common_prefixes or []]
        return {"keys": keys, "prefixes": prefixes}

    def delete(self, c):
        self.client.delete_object(v2.DeleteObjectRequest(bucket=self.bucket, key=c["key"]))
        return {}

    def delete_many(self, c):
        r = self.client.delete_multiple_objects(v2.DeleteMultipleObjectsRequest(
            bucket=self.bucket, encoding_type="url",
            objects=[v2.DeleteObject(key=key) for key in c["keys"]]))
        return {"deleted": [d.key for d in r.deleted_objects or []]}

    def presign(self, c):
        return {"url": self.client.presign(
            v2.GetObjectRequest(bucket=self.bucket, key=c["key"]),
            expires=datetime.timedelta(seconds=c["seconds"])).url}

    def symlink(self, c):
        self.client.put_symlink(v2.PutSymlinkRequest(
            bucket=self.bucket, key=c["key"], target=c["target"]))
        return {"target": self.client.get_symlink(v2.GetSymlinkRequest(
            bucket=self.bucket, key=c["key"])).target}

    def copy(self, c):
        r = self.client.copy_object(v2.CopyObjectRequest(
            bucket=self.bucket, key=c["key"], source_bucket=self.bucket, source_key=c["from"]))
        return {"etag": r.etag.strip('"')}

    def buckets(self, c):
        names = [b.name for page in self.client.list_buckets_paginator().iter_page(
            v2.ListBucketsRequest()) for b in page.buckets or []]
        info = self.client.get_bucket_info(v2.GetBucketInfoRequest(bucket=self.bucket))
        location = self.client.get_bucket_location(v2.GetBucketLocationRequest(bucket=self.bucket))
        return {"names": names, "info": info.bucket_info.name, "location": location.location}

    def restore(self, c):
        return {"status": self.client.restore_object(v2.RestoreObjectRequest(
            bucket=self.bucket, key=c["key"])).status_code}


def refusal(error):
    if isinstance(error, oss2.exceptions.ServerError):
        return {"code": error.code, "message": error.message, "status": error.status,
                "request_id": error.request_id}
    inner = error
    while inner is not None:
        if isinstance(inner, v2.exceptions.ServiceError):
            return {"code": inner.code, "message": inner.message, "status": inner.status_code,
                    "request_id": inner.request_id}
        inner = getattr(inner, "unwrap", lambda: None)()
    return None


def main():
    client = None
    for line in sys.stdin:
        call = json.loads(line)
        try:
            if call["call"] == "connect":
                client = {"oss2": Oss2, "v2": V2}[call["sdk"]](call)
                answer = {}
            else:
                answer = getattr(client, call["call"])(call)
        except Exception as error:  # whatever the SDK throws is an answer
            told = refusal(error)
            answer = {"error": told} if told else {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
