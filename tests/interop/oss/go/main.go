// The Go SDK of OSS behind lines of JSON: one call a line in, one answer a line out
// (../../oss_drivers.py says which). It decides nothing.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

type call struct {
	Call, URL, ID, Secret, Token, Sign, Region, Bucket string
	Key, From, Target, Prefix, Delimiter               string
	Body                                               []byte
	Parts                                              [][]byte
	Headers                                            map[string]string
	Range                                              []int64
	Keys                                               []string
	Position                                           int64
	Form, Max, Seconds                                 int
}

type answer map[string]interface{}

type driver struct {
	client *oss.Client
	bucket *string
}

var ctx = context.Background()

func (d *driver) connect(c *call) (answer, error) {
	version := oss.SignatureVersionV1
	if c.Sign == "v4" {
		version = oss.SignatureVersionV4
	}
	config := oss.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.ID, c.Secret, c.Token)).
		WithRegion(c.Region).WithEndpoint(c.URL).WithSignatureVersion(version).
		WithRetryMaxAttempts(1)
	d.client, d.bucket = oss.NewClient(config), oss.Ptr(c.Bucket)
	return answer{}, nil
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return strings.Trim(*p, "\"")
}

func (d *driver) put(c *call) (answer, error) {
	request := &oss.PutObjectRequest{Bucket: d.bucket, Key: &c.Key, Body: bytes.NewReader(c.Body),
		Metadata: map[string]string{}}
	for name, value := range c.Headers {
		switch {
		case name == "x-oss-storage-class":
			request.StorageClass = oss.StorageClassType(value)
		case name == "x-oss-forbid-overwrite":
			request.ForbidOverwrite = oss.Ptr(value)
		default:
			request.Metadata[strings.TrimPrefix(name, "x-oss-meta-")] = value
		}
	}
	r, err := d.client.PutObject(ctx, request)
	if err != nil {
		return nil, err
	}
	return answer{"etag": text(r.ETag), "crc": text(r.HashCRC64)}, nil
}

func (d *driver) get(c *call) (answer, error) {
	request := &oss.GetObjectRequest{Bucket: d.bucket, Key: &c.Key}
	if len(c.Range) > 0 {
		request.Range = oss.Ptr(fmt.Sprintf("bytes=%d-%d", c.Range[0], c.Range[1]))
		request.RangeBehavior = oss.Ptr("standard")
	}
	r, err := d.client.GetObject(ctx, request)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return answer{"body": body, "etag": text(r.ETag)}, err
}

func (d *driver) head(c *call) (answer, error) {
	r, err := d.client.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: d.bucket, Key: &c.Key})
	if err != nil {
		return nil, err
	}
	meta := r.Metadata
	if meta == nil {
		meta = map[string]string{}
	}
	return answer{"size": r.ContentLength, "etag": text(r.ETag), "type": text(r.ObjectType),
		"class": text(r.StorageClass), "meta": meta}, nil
}

func (d *driver) append(c *call) (answer, error) {
	r, err := d.client.AppendObject(ctx, &oss.AppendObjectRequest{Bucket: d.bucket, Key: &c.Key,
		Position: &c.Position, Body: bytes.NewReader(c.Body)})
	if err != nil {
		return nil, err
	}
	return answer{"next": r.NextPosition}, nil
}

func (d *driver) multipart(c *call) (answer, error) {
	upload, err := d.client.InitiateMultipartUpload(ctx,
		&oss.InitiateMultipartUploadRequest{Bucket: d.bucket, Key: &c.Key})
	if err != nil {
		return nil, err
	}
	var parts []oss.UploadPart
	for i, body := range c.Parts {
		number := int32(i + 1)
		r, err := d.client.UploadPart(ctx, &oss.UploadPartRequest{Bucket: d.bucket, Key: &c.Key,
			UploadId: upload.UploadId, PartNumber: number, Body: bytes.NewReader(body)})
		if err != nil {
			return nil, err
		}
		parts = append(parts, oss.UploadPart{PartNumber: number, ETag: r.ETag})
	}
	listed, err := d.client.ListParts(ctx, &oss.ListPartsRequest{Bucket: d.bucket, Key: &c.Key,
		UploadId: upload.UploadId})
	if err != nil {
		return nil, err
	}
	var numbers []int32
	for _, part := range listed.Parts {
		numbers = append(numbers, part.PartNumber)
	}
	r, err := d.client.CompleteMultipartUpload(ctx, &oss.CompleteMultipartUploadRequest{
		Bucket: d.bucket, Key: &c.Key, UploadId: upload.UploadId,
		CompleteMultipartUpload: &oss.CompleteMultipartUpload{Parts: parts}})
	if err != nil {
		return nil, err
	}
	return answer{"etag": text(r.ETag), "parts": numbers}, nil
}

func (d *driver) list(c *call) (answer, error) {
	keys, prefixes := []string{}, []string{}
	take := func(objects []oss.ObjectProperties, folded []oss.CommonPrefix) {
		for _, o := range objects {
			keys = append(keys, *o.Key)
		}
		for _, p := range folded {
			prefixes = append(prefixes, *p.Prefix)
		}
	}
	if c.Form == 2 {
		pages := d.client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: d.bucket,
			Prefix: &c.Prefix, Delimiter: &c.Delimiter, MaxKeys: int32(c.Max)})
		for pages.HasNext() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			take(page.Contents, page.CommonPrefixes)
		}
	} else {
		pages := d.client.NewListObjectsPaginator(&oss.ListObjectsRequest{Bucket: d.bucket,
			Prefix: &c.Prefix, Delimiter: &c.Delimiter, MaxKeys: int32(c.Max)})
		for pages.HasNext() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			take(page.Contents, page.CommonPrefixes)
		}
	}
	return answer{"keys": keys, "prefixes": prefixes}, nil
}

func (d *driver) remove(c *call) (answer, error) {
	_, err := d.client.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: d.bucket, Key: &c.Key})
	return answer{}, err
}

func (d *driver) removeMany(c *call) (answer, error) {
	var objects []oss.DeleteObject
	for i := range c.Keys {
		objects = append(objects, oss.DeleteObject{Key: &c.Keys[i]})
	}
	r, err := d.client.DeleteMultipleObjects(ctx,
		&oss.DeleteMultipleObjectsRequest{Bucket: d.bucket, Objects: objects})
	if err != nil {
		return nil, err
	}
	deleted := []string{}
	for _, o := range r.DeletedObjects {
		deleted = append(deleted, *o.Key)
	}
	return answer{"deleted": deleted}, nil
}

func (d *driver) presign(c *call) (answer, error) {
	r, err := d.client.Presign(ctx, &oss.GetObjectRequest{Bucket: d.bucket, Key: &c.Key},
		oss.PresignExpires(time.Duration(c.Seconds)*time.Second))
	if err != nil {
		return nil, err
	}
	return answer{"url": r.URL}, nil
}

func (d *driver) symlink(c *call) (answer, error) {
	_, err := d.client.PutSymlink(ctx,
		&oss.PutSymlinkRequest{Bucket: d.bucket, Key: &c.Key, Target: &c.Target})
	if err != nil {
		return nil, err
	}
	r, err := d.client.GetSymlink(ctx, &oss.GetSymlinkRequest{Bucket: d.bucket, Key: &c.Key})
	if err != nil {
		return nil, err
	}
	return answer{"target": text(r.Target)}, nil
}

func (d *driver) copy(c *call) (answer, error) {
	r, err := d.client.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: d.bucket, Key: &c.Key,
		SourceKey: &c.From})
	if err != nil {
		return nil, err
	}
	return answer{"etag": text(r.ETag)}, nil
}

func (d *driver) buckets(c *call) (answer, error) {
	all, err := d.client.ListBuckets(ctx, &oss.ListBucketsRequest{})
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, b := range all.Buckets {
		names = append(names, text(b.Name))
	}
	info, err := d.client.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: d.bucket})
	if err != nil {
		return nil, err
	}
	place, err := d.client.GetBucketLocation(ctx, &oss.GetBucketLocationRequest{Bucket: d.bucket})
	if err != nil {
		return nil, err
	}
	return answer{"names": names, "info": text(info.BucketInfo.Name),
		"location": text(place.LocationConstraint)}, nil
}

func (d *driver) restore(c *call) (answer, error) {
	r, err := d.client.RestoreObject(ctx, &oss.RestoreObjectRequest{Bucket: d.bucket, Key: &c.Key})
	if err != nil {
		return nil, err
	}
	return answer{"status": r.StatusCode}, nil
}

func (d *driver) do(c *call) (answer, error) {
	calls := map[string]func(*call) (answer, error){
		"connect": d.connect, "put": d.put, "get": d.get, "head": d.head, "append": d.append,
		"multipart": d.multipart, "list": d.list, "delete": d.remove,
		"delete_many": d.removeMany, "presign": d.presign, "symlink": d.symlink,
		"copy": d.copy, "buckets": d.buckets, "restore": d.restore,
	}
	return calls[c.Call](c)
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	d := &driver{}
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		c := &call{}
		told, err := answer(nil), json.Unmarshal(line, c)
		if err == nil {
			told, err = d.do(c)
		}
		var refused *oss.ServiceError
		if errors.As(err, &refused) {
			told = answer{"error": answer{"code": refused.Code, "message": refused.Message,
				"status": refused.StatusCode, "request_id": refused.RequestID}}
		} else if err != nil {
			told = answer{"failed": err.Error()}
		}
		_ = out.Encode(told)
	}
}
