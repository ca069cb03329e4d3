/* HTTP over wasi:http. The host sends one request a hop: redirects are followed here. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ap_piece.h"
#include "ap_url.h"
#include "piece.h"

static const int MAX_REDIRECTS = 5;
static const size_t EXCERPT_CHARS = 2000;
static const uint64_t PART_BYTES = 256 * 1024;

/* In the order of wasi:http's error-code. */
static const char *const ERRORS[] = {
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
};

/* One request on its way, over all its hops. */
typedef struct exchange {
  ap_call *call;
  const ap_request *asked;
  ap_url url;
  const char *method;
  bool with_body;
  /* Another origin was on the way. */
  bool stranger;
  int hops;
  /* Of the monotonic clock, in nanoseconds; 0: none. */
  uint64_t deadline;
  wasi_http_types_own_future_incoming_response_t future;
} exchange;

static bool failed(exchange *on, const wasi_http_types_error_code_t *error) {
  const char *code = "upstream_error", *tag = ERRORS[error->tag];
  char origin[AP_ORIGIN_CHARS], hint[AP_ORIGIN_CHARS + 96] = "";
  ap_url_origin(&on->url, origin);
  switch (error->tag) {
    case WASI_HTTP_TYPES_ERROR_CODE_HTTP_REQUEST_DENIED:
      code = "not_granted";
      snprintf(hint, sizeof hint, "; add \"%s\" to capabilities.http in piece.json, or have it granted", origin);
      break;
    case WASI_HTTP_TYPES_ERROR_CODE_DESTINATION_IP_PROHIBITED:
      snprintf(hint, sizeof hint, "; it is no public address, and the executor does not allow this private one");
      break;
    case WASI_HTTP_TYPES_ERROR_CODE_CONNECTION_REFUSED: code = "connection_refused"; break;
    case WASI_HTTP_TYPES_ERROR_CODE_DNS_TIMEOUT:
    case WASI_HTTP_TYPES_ERROR_CODE_CONNECTION_TIMEOUT:
    case WASI_HTTP_TYPES_ERROR_CODE_CONNECTION_READ_TIMEOUT:
    case WASI_HTTP_TYPES_ERROR_CODE_CONNECTION_WRITE_TIMEOUT:
    case WASI_HTTP_TYPES_ERROR_CODE_HTTP_RESPONSE_TIMEOUT: code = "timeout"; break;
  }
  ap_fail(on->call, code, "%s could not be fetched: %s%s", origin, tag, hint);
  return false;
}

static bool lost(exchange *on, wasi_io_streams_stream_error_t *error) {
  wasi_http_types_error_code_t code = {.tag = WASI_HTTP_TYPES_ERROR_CODE_HTTP_RESPONSE_INCOMPLETE};
  if (error->tag == WASI_IO_STREAMS_STREAM_ERROR_LAST_OPERATION_FAILED) {
    wasi_http_types_borrow_io_error_t cause = wasi_io_error_borrow_error(error->val.last_operation_failed);
    wasi_http_types_http_error_code(cause, &code);
  }
  return failed(on, &code);
}

/* Ends with the pollable, or with the deadline: then the call has failed. */
static bool waited(exchange *on, wasi_io_poll_own_pollable_t pollable) {
  if (on->deadline == 0) {
    wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(pollable));
    wasi_io_poll_pollable_drop_own(pollable);
    return true;
  }
  wasi_io_poll_own_pollable_t timer = wasi_clocks_monotonic_clock_subscribe_instant(on->deadline);
  wasi_io_poll_borrow_pollable_t both[] = {wasi_io_poll_borrow_pollable(pollable), wasi_io_poll_borrow_pollable(timer)};
  wasi_io_poll_list_borrow_pollable_t list = {both, 2};
  piece_list_u32_t ready;
  wasi_io_poll_poll(&list, &ready);
  bool came = ready.len > 0 && ready.ptr[0] == 0;
  wasi_io_poll_pollable_drop_own(pollable);
  wasi_io_poll_pollable_drop_own(timer);
  piece_list_u32_free(&ready);
  if (came) return true;
  char origin[AP_ORIGIN_CHARS];
  ap_url_origin(&on->url, origin);
  ap_fail(on->call, "timeout", "%s gave no answer within %u ms", origin, on->asked->timeout_ms);
  return false;
}

/* ── Sending ── */

static bool is_credential(const char *name) {
  return strcasecmp(name, "authorization") == 0 || strcasecmp(name, "cookie") == 0 ||
         strcasecmp(name, "proxy-authorization") == 0;
}

static bool is_of_body(const char *name) {
  return strncasecmp(name, "content-", 8) == 0 || strcasecmp(name, "transfer-encoding") == 0;
}

static bool append(exchange *on, wasi_http_types_own_fields_t fields, const char *name, const char *value) {
  wasi_http_types_field_name_t key = {(uint8_t *)name, strlen(name)};
  wasi_http_types_field_value_t text = {(uint8_t *)value, strlen(value)};
  wasi_http_types_header_error_t error;
  if (wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(fields), &key, &text, &error)) return true;
  ap_fail(on->call, "invalid_input", "the header \"%s\" cannot be sent: its name or value is none, or it is the host's to set", name);
  return false;
}

static bool add_headers(exchange *on, wasi_http_types_own_fields_t fields) {
  bool has_agent = false;
  for (size_t i = 0; i < on->asked->header_count; i++) {
    const ap_header *header = &on->asked->headers[i];
    if (on->stranger && is_credential(header->name)) continue;
    if (!on->with_body && on->asked->body != NULL && is_of_body(header->name)) continue;
    has_agent = has_agent || strcasecmp(header->name, "user-agent") == 0;
    if (!append(on, fields, header->name, header->value)) return false;
  }
  if (!has_agent && !append(on, fields, "user-agent", "ap-wasm")) return false;
  if (!on->with_body) return true;
  char length[24];
  snprintf(length, sizeof length, "%zu", on->asked->body_length);
  return append(on, fields, "content-length", length);
}

static void set_method(wasi_http_types_borrow_outgoing_request_t request, const char *name) {
  static const char *const METHODS[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  wasi_http_types_method_t method = {.tag = WASI_HTTP_TYPES_METHOD_OTHER, .val = {.other = {(uint8_t *)name, strlen(name)}}};
  for (uint8_t tag = 0; tag < sizeof METHODS / sizeof *METHODS; tag++)
    if (strcmp(name, METHODS[tag]) == 0) method.tag = tag;
  wasi_http_types_method_outgoing_request_set_method(request, &method);
}

static bool write_body(exchange *on, wasi_http_types_own_outgoing_body_t body) {
  wasi_http_types_own_output_stream_t stream;
  wasi_io_streams_stream_error_t error;
  if (!wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(body), &stream))
    ap_panic("the body of a request was taken twice");
  wasi_io_streams_borrow_output_stream_t out = wasi_io_streams_borrow_output_stream(stream);
  const uint8_t *next = on->asked->body;
  size_t left = on->asked->body_length;
  bool open = true;
  while (left > 0 && open) {
    uint64_t room = 0;
    open = wasi_io_streams_method_output_stream_check_write(out, &room, &error);
    if (open && room == 0) {
      if (!waited(on, wasi_io_streams_method_output_stream_subscribe(out))) return false;
      continue;
    }
    piece_list_u8_t part = {(uint8_t *)next, room < left ? (size_t)room : left};
    open = open && wasi_io_streams_method_output_stream_write(out, &part, &error);
    next += part.len;
    left -= part.len;
  }
  if (open) wasi_io_streams_method_output_stream_blocking_flush(out, &error);
  wasi_io_streams_output_stream_drop_own(stream);
  wasi_http_types_error_code_t code;
  /* A server may answer before it has read all: then the answer says why. */
  wasi_http_types_static_outgoing_body_finish(body, NULL, &code);
  return true;
}

static bool begin(exchange *on) {
  wasi_http_types_own_fields_t fields = wasi_http_types_constructor_fields();
  if (!add_headers(on, fields)) return false;
  wasi_http_types_own_outgoing_request_t request = wasi_http_types_constructor_outgoing_request(fields);
  wasi_http_types_borrow_outgoing_request_t out = wasi_http_types_borrow_outgoing_request(request);
  wasi_http_types_scheme_t scheme = {.tag = on->url.secure ? WASI_HTTP_TYPES_SCHEME_HTTPS : WASI_HTTP_TYPES_SCHEME_HTTP};
  piece_string_t authority = {(uint8_t *)on->url.authority, strlen(on->url.authority)};
  piece_string_t path = {(uint8_t *)on->url.path, strlen(on->url.path)};
  set_method(out, on->method);
  if (!wasi_http_types_method_outgoing_request_set_scheme(out, &scheme) ||
      !wasi_http_types_method_outgoing_request_set_authority(out, &authority) ||
      !wasi_http_types_method_outgoing_request_set_path_with_query(out, &path)) {
    ap_fail(on->call, "invalid_input", "\"%s%s\" is no address that can be asked", on->url.authority, on->url.path);
    return false;
  }
  wasi_http_types_own_outgoing_body_t body;
  bool has_body = on->with_body && wasi_http_types_method_outgoing_request_body(out, &body);
  wasi_http_types_error_code_t error;
  if (!wasi_http_outgoing_handler_handle(request, NULL, &on->future, &error)) return failed(on, &error);
  return !has_body || write_body(on, body);
}

/* ── Receiving ── */

static void read_headers(wasi_http_types_borrow_incoming_response_t from, ap_response *response) {
  wasi_http_types_own_headers_t fields = wasi_http_types_method_incoming_response_headers(from);
  wasi_http_types_list_tuple2_field_name_field_value_t entries;
  wasi_http_types_method_fields_entries(wasi_http_types_borrow_fields(fields), &entries);
  response->headers = malloc((entries.len + 1) * sizeof *response->headers);
  if (response->headers == NULL) ap_panic("out of memory for the headers of an answer");
  for (size_t i = 0; i < entries.len; i++) {
    char *name = strndup((char *)entries.ptr[i].f0.ptr, entries.ptr[i].f0.len);
    for (char *c = name; *c; c++) *c = (char)tolower(*c);
    response->headers[i] = (ap_header){name, strndup((char *)entries.ptr[i].f1.ptr, entries.ptr[i].f1.len)};
  }
  response->header_count = entries.len;
  wasi_http_types_fields_drop_own(fields);
}

static bool read_body(exchange *on, wasi_http_types_borrow_incoming_response_t from, ap_response *response) {
  wasi_http_types_own_incoming_body_t body;
  wasi_http_types_own_input_stream_t stream;
  wasi_io_streams_stream_error_t error;
  if (!wasi_http_types_method_incoming_response_consume(from, &body) ||
      !wasi_http_types_method_incoming_body_stream(wasi_http_types_borrow_incoming_body(body), &stream))
    ap_panic("the body of an answer was taken twice");
  wasi_io_streams_borrow_input_stream_t in = wasi_io_streams_borrow_input_stream(stream);
  size_t room = 0;
  response->body = NULL;
  response->body_length = 0;
  piece_list_u8_t part;
  for (;;) {
    if (!waited(on, wasi_io_streams_method_input_stream_subscribe(in))) return false;
    if (!wasi_io_streams_method_input_stream_read(in, PART_BYTES, &part, &error)) break;
    if (response->body_length + part.len + 1 > room) {
      room = (response->body_length + part.len + 1) * 2;
      response->body = realloc(response->body, room);
      if (response->body == NULL) ap_panic("out of memory for an answer of more than %zu bytes", response->body_length);
    }
    memcpy(response->body + response->body_length, part.ptr, part.len);
    response->body_length += part.len;
    piece_list_u8_free(&part);
  }
  bool complete = error.tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED || lost(on, &error);
  if (response->body == NULL) response->body = malloc(1);
  response->body[response->body_length] = 0;
  wasi_io_streams_input_stream_drop_own(stream);
  wasi_http_types_incoming_body_drop_own(body);
  return complete;
}

/* ── Redirects ── */

/* The next hop, where the answer names one. */
static bool redirected(exchange *on, const ap_response *response, bool *again) {
  uint16_t status = response->status;
  const char *location = ap_response_header(response, "location");
  *again = !on->asked->manual && location != NULL &&
           (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
  if (!*again) return true;
  if (++on->hops > MAX_REDIRECTS) {
    ap_fail(on->call, "upstream_error", "%s redirects more than %d times", on->asked->url, MAX_REDIRECTS);
    return false;
  }
  ap_url next;
  if (!ap_url_resolve(&on->url, location, &next)) {
    ap_fail(on->call, "upstream_error", "%s redirects to \"%s\", which is no address", on->asked->url, location);
    return false;
  }
  bool is_post = strcmp(on->method, "POST") == 0, is_head = strcmp(on->method, "HEAD") == 0;
  if ((status == 303 && !is_head) || ((status == 301 || status == 302) && is_post)) {
    on->method = "GET";
    on->with_body = false;
  }
  on->stranger = on->stranger || !ap_url_same_origin(&on->url, &next);
  on->url = next;
  return true;
}

static bool finish_hop(exchange *on, ap_response *response, bool *again) {
  wasi_http_types_borrow_future_incoming_response_t future = wasi_http_types_borrow_future_incoming_response(on->future);
  if (!waited(on, wasi_http_types_method_future_incoming_response_subscribe(future))) return false;
  wasi_http_types_result_result_own_incoming_response_error_code_void_t result;
  if (!wasi_http_types_method_future_incoming_response_get(future, &result) || result.is_err)
    ap_panic("an answer was taken twice");
  if (result.val.ok.is_err) return failed(on, &result.val.ok.val.err);
  wasi_http_types_own_incoming_response_t incoming = result.val.ok.val.ok;
  wasi_http_types_borrow_incoming_response_t from = wasi_http_types_borrow_incoming_response(incoming);
  response->status = wasi_http_types_method_incoming_response_status(from);
  read_headers(from, response);
  bool complete = read_body(on, from, response);
  wasi_http_types_incoming_response_drop_own(incoming);
  wasi_http_types_future_incoming_response_drop_own(on->future);
  return complete && redirected(on, response, again);
}

static bool start(ap_call *call, const ap_request *request, exchange *on) {
  *on = (exchange){.call = call, .asked = request, .method = request->method == NULL ? "GET" : request->method};
  on->with_body = request->body != NULL;
  if (request->timeout_ms > 0)
    on->deadline = wasi_clocks_monotonic_clock_now() + (uint64_t)request->timeout_ms * 1000000;
  if (!ap_url_parse(request->url, &on->url)) {
    ap_fail(call, "invalid_input", "\"%s\" cannot be fetched; an address begins with https:// or http:// and names no user", request->url);
    return false;
  }
  return begin(on);
}

static bool finish(exchange *on, ap_response *response) {
  bool again = false;
  do {
    if (again && !begin(on)) return false;
    if (!finish_hop(on, response, &again)) return false;
  } while (again);
  char origin[AP_ORIGIN_CHARS];
  ap_url_origin(&on->url, origin);
  response->origin = strdup(origin);
  return true;
}

bool ap_http(ap_call *call, const ap_request *request, ap_response *response) {
  exchange on;
  return start(call, request, &on) && finish(&on, response);
}

bool ap_http_all(ap_call *call, const ap_request *requests, ap_response *responses, size_t count) {
  exchange *all = calloc(count + 1, sizeof *all);
  if (all == NULL) ap_panic("out of memory for %zu requests", count);
  bool well = true;
  for (size_t i = 0; i < count && well; i++) well = start(call, &requests[i], &all[i]);
  for (size_t i = 0; i < count && well; i++) well = finish(&all[i], &responses[i]);
  free(all);
  return well;
}

/* ── What an answer says ── */

const char *ap_response_header(const ap_response *response, const char *name) {
  for (size_t i = 0; i < response->header_count; i++)
    if (strcmp(response->headers[i].name, name) == 0) return response->headers[i].value;
  return NULL;
}

/* Milliseconds of a Retry-After header, seconds or a date; -1: it says nothing. */
static int64_t pause_of(const char *header) {
  if (header == NULL) return -1;
  char *end;
  long long seconds = strtoll(header, &end, 10);
  if (end != header && *end == 0 && seconds >= 0) return seconds * 1000;
  struct tm moment = {0};
  if (strptime(header, "%a, %d %b %Y %H:%M:%S GMT", &moment) == NULL) return -1;
  int64_t left = ((int64_t)timegm(&moment) - (int64_t)time(NULL)) * 1000;
  return left < 0 ? 0 : left;
}

/* The length of at most so many characters; whole ones, for the excerpt must be UTF-8. */
static size_t excerpt(const char *text, size_t length) {
  size_t chars = 0, i = 0;
  while (i < length && chars < EXCERPT_CHARS) {
    for (i++; i < length && ((unsigned char)text[i] & 0xc0) == 0x80; i++) {}
    chars++;
  }
  return i;
}

bool ap_ok(ap_call *call, const ap_response *response) {
  uint16_t status = response->status;
  if (status >= 200 && status < 300) return true;
  const char *code = status == 401 || status == 403 ? "unauthorized"
                     : status == 404                ? "not_found"
                     : status == 429                ? "rate_limited"
                     : status >= 500                ? "upstream_error"
                                                    : "request_refused";
  ap_fail(call, code, "%s answered %u", response->origin, status);
  int64_t after = pause_of(ap_response_header(response, "retry-after"));
  if (after < 0 && (status == 429 || status == 503)) after = 0;
  if (after >= 0) ap_retry_after(call, (uint64_t)after);
  yyjson_mut_val *detail = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_uint(call->doc, detail, "status", status);
  size_t length = excerpt(response->body, response->body_length);
  yyjson_mut_obj_add_strncpy(call->doc, detail, "body", response->body, length);
  ap_detail(call, detail);
  return false;
}

yyjson_val *ap_response_json(ap_call *call, const ap_response *response) {
  yyjson_read_err error = {0};
  yyjson_doc *doc = yyjson_read_opts(response->body, response->body_length, YYJSON_READ_NOFLAG, NULL, &error);
  if (doc != NULL) return yyjson_doc_get_root(doc);
  ap_fail(call, "upstream_error", "%s answered with something that is no JSON: %s", response->origin, error.msg);
  return NULL;
}
