//go:build wasip1

package abi

import "unsafe"

//go:wasmimport wasi:http/types@0.2.12 [constructor]fields
func newFields() uint32

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]fields
func dropFields(h uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]fields.append
func fieldsAppend(h uint32, np unsafe.Pointer, nn uint32, vp unsafe.Pointer, vn uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [method]fields.entries
func fieldsEntries(h uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [constructor]outgoing-request
func newRequest(fields uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]outgoing-request
func dropRequest(h uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-method
func setMethod(h uint32, tag uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-scheme
func setScheme(h uint32, some uint32, tag uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-authority
func setAuthority(h uint32, some uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-path-with-query
func setPath(h uint32, some uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.body
func requestBody(h uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-body.write
func bodyWrite(h uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [static]outgoing-body.finish
func bodyFinish(h uint32, some uint32, trailers uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]outgoing-body
func dropOutgoingBody(h uint32)

//go:wasmimport wasi:http/outgoing-handler@0.2.12 handle
func handle(request uint32, some uint32, options uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [method]future-incoming-response.subscribe
func futureSubscribe(h uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]future-incoming-response.get
func futureGet(h uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]future-incoming-response
func dropFuture(h uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.status
func responseStatus(h uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.headers
func responseHeaders(h uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.consume
func responseConsume(h uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]incoming-response
func dropResponse(h uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-body.stream
func incomingStream(h uint32, r unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]incoming-body
func dropIncomingBody(h uint32)

//go:wasmimport wasi:http/types@0.2.12 http-error-code
func httpErrorCode(ioError uint32, r unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [method]input-stream.read
func streamRead(h uint32, n uint64, r unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [method]input-stream.subscribe
func inputSubscribe(h uint32) uint32

//go:wasmimport wasi:io/streams@0.2.12 [resource-drop]input-stream
func dropInput(h uint32)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.check-write
func streamCheckWrite(h uint32, r unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.write
func streamWrite(h uint32, p unsafe.Pointer, n uint32, r unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.flush
func streamFlush(h uint32, r unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.subscribe
func outputSubscribe(h uint32) uint32

//go:wasmimport wasi:io/streams@0.2.12 [resource-drop]output-stream
func dropOutput(h uint32)

//go:wasmimport wasi:io/error@0.2.12 [resource-drop]error
func dropError(h uint32)
