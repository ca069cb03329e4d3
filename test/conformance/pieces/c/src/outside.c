#include <stdlib.h>

#include "piece.h"

/* ── HTTP ── */

static yyjson_mut_val *text_or_null(ap_call *call, const char *text) {
  return text == NULL ? ap_null(call) : yyjson_mut_str(call->doc, text);
}

yyjson_mut_val *http(ap_call *call) {
  yyjson_val *headers = ap_get(call->props, "headers"), *key, *value, *body = ap_get(call->props, "body");
  ap_header list[32];
  ap_request request = {
      .method = prop(call, "method", NULL),
      .url = prop(call, "url", ""),
      .headers = list,
      .manual = is(prop(call, "redirect", ""), "manual"),
      .timeout_ms = (uint32_t)ap_number(call->props, "timeoutMs", 0),
      .body = yyjson_get_str(body),
      .body_length = yyjson_get_len(body),
  };
  size_t i, max;
  yyjson_obj_foreach(headers, i, max, key, value) {
    if (i < 32) list[request.header_count++] = (ap_header){yyjson_get_str(key), yyjson_get_str(value)};
  }
  ap_response response;
  if (!ap_http(call, &request, &response)) return NULL;
  if (ap_flag(call->props, "check", true) && !ap_ok(call, &response)) return NULL;
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_uint(call->doc, answer, "status", response.status);
  yyjson_mut_obj_add_val(call->doc, answer, "contentType", text_or_null(call, ap_response_header(&response, "content-type")));
  yyjson_mut_obj_add_val(call->doc, answer, "location", text_or_null(call, ap_response_header(&response, "location")));
  yyjson_mut_obj_add_strn(call->doc, answer, "body", response.body, response.body_length);
  return answer;
}

yyjson_mut_val *http_all(ap_call *call) {
  yyjson_val *urls = ap_get(call->props, "urls"), *url;
  size_t count = yyjson_arr_size(urls), i, max;
  ap_request *requests = calloc(count + 1, sizeof *requests);
  ap_response *responses = calloc(count + 1, sizeof *responses);
  yyjson_arr_foreach(urls, i, max, url) { requests[i].url = yyjson_get_str(url); }
  if (!ap_http_all(call, requests, responses, count)) return NULL;
  yyjson_mut_val *bodies = yyjson_mut_arr(call->doc);
  for (i = 0; i < count; i++) yyjson_mut_arr_add_strn(call->doc, bodies, responses[i].body, responses[i].body_length);
  return bodies;
}

/* ── State, files ── */

static bool state_once(ap_call *call, yyjson_mut_val **found) {
  const char *op = prop(call, "op", ""), *key = prop(call, "key", "");
  ap_scope scope = is(prop(call, "scope", ""), "project") ? AP_PROJECT : AP_FLOW;
  if (is(op, "put")) return ap_store_put(call, scope, key, ap_copy(call, ap_get(call->props, "value")));
  if (is(op, "delete")) return ap_store_delete(call, scope, key);
  if (is(op, "keys")) return ap_store_keys(call, scope, prop(call, "prefix", ""), prop(call, "after", NULL), found);
  yyjson_val *value;
  if (!ap_store_get(call, scope, key, &value)) return false;
  *found = ap_copy(call, value);
  return true;
}

yyjson_mut_val *state(ap_call *call) {
  yyjson_mut_val *found = ap_null(call);
  for (double times = ap_number(call->props, "times", 1); times > 0; times--)
    if (!state_once(call, &found)) return NULL;
  return found;
}

yyjson_mut_val *write_file(ap_call *call) {
  char *reference = NULL;
  yyjson_val *text = ap_get(call->props, "text");
  for (double times = ap_number(call->props, "times", 1); times > 0; times--)
    if (!ap_file_write(call, prop(call, "name", ""), prop(call, "mediaType", NULL), yyjson_get_str(text), yyjson_get_len(text), &reference))
      return NULL;
  return text_or_null(call, reference);
}

yyjson_mut_val *read_file(ap_call *call) {
  yyjson_val *file = ap_get(call->props, "file");
  const char *name = ap_text(file, "filename", ""), *dot = strrchr(name, '.');
  double offset = ap_number(call->props, "offset", -1), most = ap_number(call->props, "maxBytes", -1);
  const char *reference = prop(call, "reference", NULL);
  char *content;
  size_t length;
  bool part = reference != NULL || offset >= 0 || most >= 0;
  bool done = part ? ap_file_read(call, reference != NULL ? reference : ap_text(file, "reference", ""), offset < 0 ? 0 : (uint64_t)offset,
                                  most < 0 ? 1048576 : (uint32_t)most, &content, &length)
                   : ap_file_content(call, file, &content, &length);
  if (!done) return NULL;
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_str(call->doc, answer, "filename", name);
  yyjson_mut_obj_add_val(call->doc, answer, "mediaType", ap_copy(call, ap_get(file, "mediaType")));
  yyjson_mut_obj_add_val(call->doc, answer, "size", ap_copy(call, ap_get(file, "size")));
  yyjson_mut_obj_add_val(call->doc, answer, "extension", text_or_null(call, dot == NULL || dot == name ? NULL : dot + 1));
  yyjson_mut_obj_add_strn(call->doc, answer, "text", content, length);
  return answer;
}

/* ── The run ── */

static yyjson_mut_val *info(ap_call *call) {
  static const char *const KEYS[][2] = {{"id", "id"}, {"attempt", "attempt"}, {"testing", "testing"}, {"step", "stepName"},
                                        {"project", "projectId"}, {"flow", "flowId"}, {"executionType", "executionType"}};
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
    yyjson_mut_obj_add_val(call->doc, answer, KEYS[i][0], ap_copy(call, ap_get(call->run, KEYS[i][1])));
  yyjson_mut_obj_add_bool(call->doc, answer, "hasDeadline", ap_get(call->run, "deadline") != NULL);
  return answer;
}

static yyjson_mut_val *response_of(ap_call *call) {
  yyjson_mut_val *response = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_int(call->doc, response, "status", 201);
  yyjson_mut_obj_add_str(call->doc, yyjson_mut_obj_add_obj(call->doc, response, "headers"), "x-a", "1");
  yyjson_mut_obj_add_int(call->doc, yyjson_mut_obj_add_obj(call->doc, response, "body"), "a", 1);
  return response;
}

yyjson_mut_val *steer(ap_call *call) {
  const char *what = prop(call, "what", "");
  if (is(what, "info")) return info(call);
  yyjson_mut_val *answer = ap_null(call), *response = response_of(call);
  if (is(ap_text(call->run, "executionType", ""), "RESUME")) {
    answer = yyjson_mut_obj(call->doc);
    yyjson_mut_obj_add_val(call->doc, answer, "resumed", ap_copy(call, ap_get(call->run, "resumePayload")));
    return answer;
  }
  bool done = true;
  char *url;
  if (is(what, "respond")) done = ap_respond(call, response);
  if (is(what, "twice")) done = ap_respond(call, response) && ap_respond(call, response);
  if (is(what, "stop")) done = ap_stop(call, NULL);
  if (is(what, "stop_with")) done = ap_stop(call, response);
  if (is(what, "wait")) done = ap_wait_until(call, 1893456000000);
  if (is(what, "webhook")) {
    done = ap_wait_for_webhook(call, response, &url);
    if (done) answer = yyjson_mut_str(call->doc, url);
  }
  return done ? answer : NULL;
}

/* ── Log, environment ── */

static char *so_many(double chars) {
  char *text = malloc((size_t)chars + 1);
  if (text == NULL) ap_panic("out of memory for %.0f characters", chars);
  memset(text, 'x', (size_t)chars);
  text[(size_t)chars] = 0;
  return text;
}

yyjson_mut_val *log_lines(ap_call *call) {
  if (ap_get(call->props, "chars") != NULL) {
    ap_log(AP_INFO, "%s", so_many(ap_number(call->props, "chars", 0)));
    return ap_null(call);
  }
  ap_log(AP_DEBUG, "a debug line");
  ap_log(AP_INFO, "an info line: ünï 😀");
  ap_log(AP_WARN, "a warning");
  ap_log(AP_ERROR, "an error");
  return ap_null(call);
}

yyjson_mut_val *large(ap_call *call) { return yyjson_mut_str(call->doc, so_many(ap_number(call->props, "chars", 0))); }

yyjson_mut_val *environment(ap_call *call) { return text_or_null(call, getenv(prop(call, "name", ""))); }
