//go:build wasip1

package abi

import (
	"context"
	"errors"
	"io"
	"unsafe"
)

// Cases of wasi:http's error-code, in its order.
var errorCodes = [...]string{
	"DNS-timeout", "DNS-error", "destination-not-found", "destination-unavailable", "destination-IP-prohibited",
	"destination-IP-unroutable", "connection-refused", "connection-terminated", "connection-timeout",
	"connection-read-timeout", "connection-write-timeout", "connection-limit-reached", "TLS-protocol-error",
	"TLS-certificate-error", "TLS-alert-received", "HTTP-request-denied", "HTTP-request-length-required",
	"HTTP-request-body-size", "HTTP-request-method-invalid", "HTTP-request-URI-invalid", "HTTP-request-URI-too-long",
	"HTTP-request-header-section-size", "HTTP-request-header-size", "HTTP-request-trailer-section-size",
	"HTTP-request-trailer-size", "HTTP-response-incomplete", "HTTP-response-header-section-size",
	"HTTP-response-header-size", "HTTP-response-body-size", "HTTP-response-trailer-section-size",
	"HTTP-response-trailer-size", "HTTP-response-transfer-coding", "HTTP-response-content-coding",
	"HTTP-response-timeout", "HTTP-upgrade-failed", "HTTP-protocol-error", "loop-detected", "configuration-error",
	"internal-error",
}

// httpError reads an error-code; two cases carry a text.
func (r *result) httpError(offset uintptr) *HTTPError {
	e := &HTTPError{Code: "internal-error"}
	if code := int(r.u8(offset)); code < len(errorCodes) {
		e.Code = errorCodes[code]
	}
	if (e.Code == "internal-error" || e.Code == "DNS-error") && r.u8(offset+8) == 1 {
		e.Message = r.string(offset + 12)
	}
	return e
}

var errLost = &HTTPError{Code: "connection-terminated", Message: "the connection was lost"}

// streamError reads a stream-error: io.EOF where the stream was closed.
func (r *result) streamError(offset uintptr) error {
	if r.u8(offset) == 1 {
		return io.EOF
	}
	ioError := r.u32(offset + 4)
	code := new(result)
	httpErrorCode(ioError, code.at())
	held := take()
	defer keep(held)
	dropError(ioError)
	if code.u8(0) == 0 {
		return errLost
	}
	return code.httpError(8)
}

var methods = map[string]uint32{
	"GET": 0, "HEAD": 1, "POST": 2, "PUT": 3, "DELETE": 4, "CONNECT": 5, "OPTIONS": 6, "TRACE": 7, "PATCH": 8,
}

const otherMethod = 9

// prepare makes the request's resource.
func prepare(q *Request) (uint32, error) {
	fields := newFields()
	r := new(result)
	for _, h := range q.Headers {
		np, nn := stringArg(h.Name)
		// Bytes, in whatever charset.
		vp, vn := unsafe.Pointer(unsafe.StringData(h.Value)), uint32(len(h.Value))
		if fieldsAppend(fields, np, nn, vp, vn, r.at()); r.u8(0) != 0 {
			dropFields(fields)
			return 0, errors.New("the header " + h.Name + " cannot be sent")
		}
	}
	request := newRequest(fields)
	var mp unsafe.Pointer
	var mn uint32
	tag, known := methods[q.Method]
	if !known {
		tag = otherMethod
		mp, mn = stringArg(q.Method)
	}
	ap, an := stringArg(q.Authority)
	pp, pn := stringArg(q.Path)
	var https uint32
	if q.Scheme == "https" {
		https = 1
	}
	if setMethod(request, tag, mp, mn)|setScheme(request, 1, https, nil, 0)|setAuthority(request, 1, ap, an)|setPath(request, 1, pp, pn) != 0 {
		dropRequest(request)
		return 0, errors.New(q.Method + " " + q.Scheme + "://" + q.Authority + q.Path + " is no request that can be sent")
	}
	return request, nil
}

// Do sends one request and returns when the head of the response is there. The goroutine waits; the others go on.
func Do(ctx context.Context, q *Request) (*Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	request, err := prepare(q)
	if err != nil {
		return nil, err
	}
	r := new(result)
	var body uint32
	if q.Body != nil {
		if requestBody(request, r.at()); r.u8(0) != 0 {
			dropRequest(request)
			return nil, errors.New("this request takes no body")
		}
		body = r.u32(4)
	}
	handle(request, 0, 0, r.at())
	held := take()
	if r.u8(0) != 0 {
		err := r.httpError(8)
		keep(held)
		if q.Body != nil {
			dropOutgoingBody(body)
		}
		return nil, err
	}
	future := r.u32(8)
	defer dropFuture(future)
	if q.Body != nil {
		// A server may answer before it has read everything: then its answer counts, not the stream that broke.
		if err := send(ctx, body, q.Body); err != nil && !errors.Is(err, errBroken) {
			return nil, err
		}
	}
	if err := wait(ctx, futureSubscribe(future)); err != nil {
		return nil, err
	}
	futureGet(future, r.at())
	held = take()
	if r.u8(0) != 1 || r.u8(8) != 0 {
		return nil, errLost
	}
	if r.u8(16) != 0 {
		err := r.httpError(24)
		keep(held)
		return nil, err
	}
	return receive(ctx, r.u32(24))
}

func receive(ctx context.Context, response uint32) (*Response, error) {
	r := new(result)
	out := &Response{Status: int(responseStatus(response))}
	fields := responseHeaders(response)
	fieldsEntries(fields, r.at())
	held := take()
	table := unsafe.Slice((*[4]uint32)(r.ptr(0)), r.u32(4))
	out.Headers = make([]Header, len(table))
	for i, t := range table {
		out.Headers[i] = Header{viewString(unsafe.Pointer(uintptr(t[0])), t[1]), viewString(unsafe.Pointer(uintptr(t[2])), t[3])}
	}
	keep(held)
	dropFields(fields)
	responseConsume(response, r.at())
	b := &body{ctx: ctx, response: response, body: r.u32(4)}
	incomingStream(b.body, r.at())
	b.stream = r.u32(4)
	open[b] = struct{}{}
	closeResponses = closeOpen
	out.Body = b
	return out, nil
}

const sendBytes = 64 << 10

var errBroken = errors.New("the request's body broke off")

func send(ctx context.Context, body uint32, source io.Reader) (err error) {
	r := new(result)
	bodyWrite(body, r.at())
	stream := r.u32(4)
	defer func() {
		dropOutput(stream)
		if err != nil {
			dropOutgoingBody(body)
			return
		}
		if bodyFinish(body, 0, 0, r.at()); r.u8(0) != 0 {
			held := take()
			err = r.httpError(8)
			keep(held)
		}
	}()
	buffer := make([]byte, sendBytes)
	for {
		n, readErr := source.Read(buffer)
		for part := buffer[:n]; len(part) > 0; {
			if streamCheckWrite(stream, r.at()); r.u8(0) != 0 {
				r.streamError(8)
				return errBroken
			}
			free := r.u64(8)
			if free == 0 {
				if err := wait(ctx, outputSubscribe(stream)); err != nil {
					return err
				}
				continue
			}
			m := min(uint64(len(part)), free)
			p, _ := bytesArg(part)
			if streamWrite(stream, p, uint32(m), r.at()); r.u8(0) != 0 {
				r.streamError(4)
				return errBroken
			}
			part = part[m:]
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return readErr
		}
	}
	if streamFlush(stream, r.at()); r.u8(0) != 0 {
		r.streamError(4)
		return errBroken
	}
	return nil
}

// Bodies that nobody has closed yet.
var open = map[*body]struct{}{}

func closeOpen() {
	for b := range open {
		b.Close()
	}
}

const readBytes = 64 << 10

type body struct {
	ctx                    context.Context
	response, body, stream uint32
	rest                   []byte
	err                    error
	closed                 bool
}

func (b *body) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		if len(p) == 0 {
			return 0, nil
		}
		b.fill()
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// fill gets the next bytes, or the reason why there are none.
func (b *body) fill() {
	r := new(result)
	streamRead(b.stream, readBytes, r.at())
	held := take()
	if r.u8(0) != 0 {
		b.err = r.streamError(4)
		return
	}
	b.rest = r.bytes(4)
	keep(held)
	if len(b.rest) == 0 {
		b.err = wait(b.ctx, inputSubscribe(b.stream))
	}
}

func (b *body) Close() error {
	if !b.closed {
		b.closed = true
		b.err = errors.New("the body was closed")
		b.rest = nil
		delete(open, b)
		dropInput(b.stream)
		dropIncomingBody(b.body)
		dropResponse(b.response)
	}
	return nil
}
