/* The five functions of the contract over the three tables of a piece, and what a function asks of the host. */
#include "ap_piece.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "piece.h"

typedef exports_ap_piece_handler_failure_t host_failure;
typedef exports_ap_piece_handler_payload_t payload;

struct ap_failure {
  char *code;
  char *message;
  bool has_retry;
  uint64_t retry_after_ms;
  yyjson_mut_val *detail;
};

static const size_t TEST_ITEMS = 5;
static const uint32_t PART_BYTES = 1024 * 1024;

/* Of the piece: ap_description.c. */
extern const char ap_description[];

/* The bindings ask for it so that the world's type is linked in; `ap-wasm build` embeds that itself. */
void __component_type_object_force_link_piece(void) {}

/* ── Texts ── */

static void *allocated(size_t size) {
  void *memory = malloc(size == 0 ? 1 : size);
  if (memory == NULL) ap_panic("out of memory: %zu bytes", size);
  return memory;
}

static char *copied(const void *bytes, size_t length) {
  char *copy = allocated(length + 1);
  memcpy(copy, bytes, length);
  copy[length] = 0;
  return copy;
}

static char *formatted(const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *text = allocated((size_t)length + 1);
  vsnprintf(text, (size_t)length + 1, format, arguments);
  return text;
}

/* A view for the bindings; imports only borrow it. */
static piece_string_t borrowed(const char *text) { return (piece_string_t){(uint8_t *)text, strlen(text)}; }

/* ── Values ── */

yyjson_val *ap_get(yyjson_val *object, const char *key) {
  yyjson_val *value = yyjson_obj_get(object, key);
  return yyjson_is_null(value) ? NULL : value;
}

const char *ap_text(yyjson_val *object, const char *key, const char *otherwise) {
  const char *text = yyjson_get_str(ap_get(object, key));
  return text == NULL ? otherwise : text;
}

double ap_number(yyjson_val *object, const char *key, double otherwise) {
  yyjson_val *value = ap_get(object, key);
  return yyjson_is_num(value) ? yyjson_get_num(value) : otherwise;
}

bool ap_flag(yyjson_val *object, const char *key, bool otherwise) {
  yyjson_val *value = ap_get(object, key);
  return yyjson_is_bool(value) ? yyjson_get_bool(value) : otherwise;
}

yyjson_mut_val *ap_copy(ap_call *call, yyjson_val *value) {
  return value == NULL ? ap_null(call) : yyjson_val_mut_copy(call->doc, value);
}

yyjson_mut_val *ap_null(ap_call *call) { return yyjson_mut_null(call->doc); }

static payload encoded(yyjson_mut_val *value) {
  size_t length = 0;
  yyjson_write_err error;
  char *text = yyjson_mut_val_write_opts(value, YYJSON_WRITE_NOFLAG, NULL, &length, &error);
  if (text == NULL) ap_panic("a value cannot be written as JSON: %s", error.msg);
  return (payload){(uint8_t *)text, length};
}

/* ── Refusals and bugs ── */

static void refuse(ap_call *call, char *code, char *message) {
  call->failure = allocated(sizeof *call->failure);
  *call->failure = (struct ap_failure){.code = code, .message = message};
}

yyjson_mut_val *ap_fail(ap_call *call, const char *code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  refuse(call, copied(code, strlen(code)), formatted(format, arguments));
  va_end(arguments);
  return NULL;
}

void ap_retry_after(ap_call *call, uint64_t ms) {
  if (call->failure == NULL) return;
  call->failure->has_retry = true;
  call->failure->retry_after_ms = ms;
}

void ap_detail(ap_call *call, yyjson_mut_val *detail) {
  if (call->failure != NULL) call->failure->detail = detail;
}

const char *ap_failed(const ap_call *call) { return call->failure == NULL ? NULL : call->failure->code; }

void ap_recover(ap_call *call) { call->failure = NULL; }

/* A refusal of the host, in its own words. */
static bool refused(ap_call *call, const host_failure *failure) {
  refuse(call, copied(failure->code.ptr, failure->code.len), copied(failure->message.ptr, failure->message.len));
  if (failure->retry_after_ms.is_some) ap_retry_after(call, failure->retry_after_ms.val);
  return false;
}

_Noreturn void ap_panic_at(const char *file, int line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "panicked at %s:%d: ", file, line);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  fflush(stderr);
  __builtin_trap();
}

/* ── Log ── */

void ap_log(ap_level level, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *text = formatted(format, arguments);
  va_end(arguments);
  piece_string_t context = borrowed(""), message = borrowed(text);
  wasi_logging_logging_log((wasi_logging_logging_level_t)level, &context, &message);
  free(text);
}

/* ── State ── */

bool ap_store_get(ap_call *call, ap_scope scope, const char *key, yyjson_val **value) {
  piece_string_t name = borrowed(key);
  piece_option_list_u8_t found;
  host_failure failure;
  *value = NULL;
  if (!ap_piece_store_get((ap_piece_store_scope_t)scope, &name, &found, &failure)) return refused(call, &failure);
  if (!found.is_some) return true;
  yyjson_doc *doc = yyjson_read((const char *)found.val.ptr, found.val.len, YYJSON_READ_NOFLAG);
  if (doc == NULL) return ap_fail(call, "internal_error", "what the store keeps under \"%s\" is no JSON", key) != NULL;
  *value = yyjson_doc_get_root(doc);
  return true;
}

bool ap_store_put(ap_call *call, ap_scope scope, const char *key, yyjson_mut_val *value) {
  piece_string_t name = borrowed(key);
  payload bytes = encoded(value);
  piece_list_u8_t content = {bytes.ptr, bytes.len};
  host_failure failure;
  bool done = ap_piece_store_put((ap_piece_store_scope_t)scope, &name, &content, &failure);
  free(bytes.ptr);
  return done || refused(call, &failure);
}

bool ap_store_delete(ap_call *call, ap_scope scope, const char *key) {
  piece_string_t name = borrowed(key);
  host_failure failure;
  return ap_piece_store_delete((ap_piece_store_scope_t)scope, &name, &failure) || refused(call, &failure);
}

bool ap_store_keys(ap_call *call, ap_scope scope, const char *prefix, const char *after, yyjson_mut_val **keys) {
  piece_string_t begin = borrowed(prefix), last = borrowed(after == NULL ? "" : after);
  piece_list_string_t found;
  host_failure failure;
  if (!ap_piece_store_keys((ap_piece_store_scope_t)scope, &begin, after == NULL ? NULL : &last, &found, &failure))
    return refused(call, &failure);
  *keys = yyjson_mut_arr(call->doc);
  for (size_t i = 0; i < found.len; i++)
    yyjson_mut_arr_add_strncpy(call->doc, *keys, (const char *)found.ptr[i].ptr, found.ptr[i].len);
  return true;
}

/* ── Files ── */

static const struct {
  const char *extension;
  const char *media_type;
} MEDIA_TYPES[] = {
    {"csv", "text/csv"},         {"gif", "image/gif"},         {"html", "text/html"},   {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},       {"json", "application/json"}, {"md", "text/markdown"}, {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},        {"pdf", "application/pdf"},   {"png", "image/png"},    {"svg", "image/svg+xml"},
    {"txt", "text/plain"},       {"webp", "image/webp"},       {"xml", "application/xml"},
    {"zip", "application/zip"},
};

static const char *media_type_of(const char *name) {
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; dot != NULL && i < sizeof MEDIA_TYPES / sizeof *MEDIA_TYPES; i++)
    if (strcasecmp(dot + 1, MEDIA_TYPES[i].extension) == 0) return MEDIA_TYPES[i].media_type;
  return "application/octet-stream";
}

bool ap_file_write(ap_call *call, const char *name, const char *media_type, const void *content, size_t length,
                   char **reference) {
  piece_string_t filename = borrowed(name), type = borrowed(media_type == NULL ? media_type_of(name) : media_type), made;
  piece_list_u8_t bytes = {(uint8_t *)content, length};
  host_failure failure;
  if (!ap_piece_files_write(&filename, &type, &bytes, &made, &failure)) return refused(call, &failure);
  *reference = copied(made.ptr, made.len);
  return true;
}

bool ap_file_read(ap_call *call, const char *reference, uint64_t offset, uint32_t max_bytes, char **content,
                  size_t *length) {
  piece_string_t file = borrowed(reference);
  piece_list_u8_t part;
  host_failure failure;
  if (!ap_piece_files_read(&file, offset, max_bytes, &part, &failure)) return refused(call, &failure);
  *content = copied(part.ptr, part.len);
  *length = part.len;
  piece_list_u8_free(&part);
  return true;
}

bool ap_file_content(ap_call *call, yyjson_val *file, char **content, size_t *length) {
  const char *reference = ap_text(file, "reference", "");
  size_t size = (size_t)ap_number(file, "size", 0), at = 0, got = 0;
  char *whole = allocated(size + 1);
  do {
    char *part;
    if (!ap_file_read(call, reference, at, PART_BYTES, &part, &got)) return false;
    if (got > size - at) got = size - at;
    memcpy(whole + at, part, got);
    at += got;
    free(part);
  } while (got == PART_BYTES && at < size);
  whole[at] = 0;
  *content = whole;
  *length = at;
  return true;
}

/* ── The run ── */

bool ap_respond(ap_call *call, yyjson_mut_val *response) {
  payload bytes = encoded(response);
  host_failure failure;
  return ap_piece_run_respond(&bytes, &failure) || refused(call, &failure);
}

bool ap_stop(ap_call *call, yyjson_mut_val *response) {
  payload bytes = {NULL, 0};
  if (response != NULL) bytes = encoded(response);
  host_failure failure;
  return ap_piece_run_stop(response == NULL ? NULL : &bytes, &failure) || refused(call, &failure);
}

bool ap_wait_until(ap_call *call, uint64_t unix_ms) {
  host_failure failure;
  return ap_piece_run_wait_until(unix_ms, &failure) || refused(call, &failure);
}

bool ap_wait_for_webhook(ap_call *call, yyjson_mut_val *response, char **url) {
  payload bytes = {NULL, 0};
  if (response != NULL) bytes = encoded(response);
  piece_string_t found;
  host_failure failure;
  if (!ap_piece_run_wait_for_webhook(response == NULL ? NULL : &bytes, &found, &failure)) return refused(call, &failure);
  *url = copied(found.ptr, found.len);
  return true;
}

/* ── The contract ── */

static piece_string_t owned(const char *text) { return (piece_string_t){(uint8_t *)copied(text, strlen(text)), strlen(text)}; }

static bool told(ap_call *call, host_failure *failure) {
  const struct ap_failure *own = call->failure;
  *failure = (host_failure){.code = owned(own->code), .message = owned(own->message)};
  failure->retry_after_ms.is_some = own->has_retry;
  failure->retry_after_ms.val = own->retry_after_ms;
  failure->detail.is_some = own->detail != NULL;
  if (own->detail != NULL) failure->detail.val = encoded(own->detail);
  return false;
}

/* False: the input is none, and the call has failed. */
static bool entered(ap_call *call, const payload *given) {
  *call = (ap_call){.doc = yyjson_mut_doc_new(NULL)};
  yyjson_read_err error = {0};
  yyjson_doc *input = yyjson_read_opts((char *)given->ptr, given->len, YYJSON_READ_NOFLAG, NULL, &error);
  if (input == NULL) return ap_fail(call, "invalid_input", "the input is not valid JSON: %s", error.msg) != NULL;
  call->input = yyjson_doc_get_root(input);
  if (!yyjson_is_obj(call->input)) return ap_fail(call, "invalid_input", "the input must be an object") != NULL;
  call->props = ap_get(call->input, "props");
  call->auth = ap_get(call->input, "auth");
  call->run = ap_get(call->input, "run");
  call->payload = ap_get(call->input, "payload");
  return true;
}

static bool left(ap_call *call, yyjson_mut_val *value, payload *result, host_failure *failure) {
  if (value == NULL) {
    if (call->failure == NULL) ap_fail(call, "internal_error", "the function answered with nothing and named no failure");
    return told(call, failure);
  }
  *result = encoded(value);
  return true;
}

static bool is(const piece_string_t *name, const char *text) {
  return name->len == strlen(text) && memcmp(name->ptr, text, name->len) == 0;
}

bool exports_ap_piece_handler_describe(piece_string_t *result, host_failure *failure) {
  (void)failure;
  static const char head[] = "{\"contract\":\"0.1\",\"encoding\":\"json\",\"sdk\":{\"language\":\"c\",\"version\":\"" AP_PIECE_VERSION "\"},";
  const char *rest = strchr(ap_description, '{');
  if (rest == NULL) ap_panic("src/description.json is no JSON object");
  char *text = allocated(sizeof head + strlen(rest));
  strcpy(text, head);
  strcat(text, rest + 1);
  *result = (piece_string_t){(uint8_t *)text, strlen(text)};
  return true;
}

bool exports_ap_piece_handler_init(payload *config, host_failure *failure) {
  (void)config;
  (void)failure;
  return true;
}

bool exports_ap_piece_handler_action(piece_string_t *name, payload *input, payload *result, host_failure *failure) {
  ap_call call;
  if (!entered(&call, input)) return told(&call, failure);
  for (const ap_action *action = ap_actions; action->name != NULL; action++)
    if (is(name, action->name)) return left(&call, action->run(&call), result, failure);
  ap_fail(&call, "unknown_action", "the piece has no action \"%.*s\"", (int)name->len, (char *)name->ptr);
  return told(&call, failure);
}

static yyjson_mut_val *handshake(ap_call *call, ap_function *hook) {
  yyjson_mut_val *answer = hook == NULL ? yyjson_mut_obj(call->doc) : hook(call);
  if (yyjson_mut_is_obj(answer) && yyjson_mut_obj_get(answer, "status") == NULL)
    yyjson_mut_obj_add_int(call->doc, answer, "status", 200);
  return answer;
}

static yyjson_mut_val *tested(ap_call *call, const ap_trigger *trigger) {
  ap_function *hook = trigger->test == NULL ? trigger->run : trigger->test;
  yyjson_mut_val *items = hook == NULL ? yyjson_mut_arr(call->doc) : hook(call);
  while (yyjson_mut_arr_size(items) > TEST_ITEMS) yyjson_mut_arr_remove_last(items);
  return items;
}

static yyjson_mut_val *hooked(ap_call *call, const ap_trigger *trigger, exports_ap_piece_handler_trigger_hook_t hook) {
  ap_function *const hooks[] = {
      [AP_PIECE_TYPES_TRIGGER_HOOK_ON_ENABLE] = trigger->on_enable, [AP_PIECE_TYPES_TRIGGER_HOOK_ON_DISABLE] = trigger->on_disable,
      [AP_PIECE_TYPES_TRIGGER_HOOK_ON_START] = trigger->on_start,   [AP_PIECE_TYPES_TRIGGER_HOOK_ON_RENEW] = trigger->on_renew,
      [AP_PIECE_TYPES_TRIGGER_HOOK_RUN] = trigger->run,
  };
  if (hook == AP_PIECE_TYPES_TRIGGER_HOOK_HANDSHAKE) return handshake(call, trigger->handshake);
  if (hook == AP_PIECE_TYPES_TRIGGER_HOOK_TEST) return tested(call, trigger);
  if (hooks[hook] != NULL) return hooks[hook](call);
  return hook == AP_PIECE_TYPES_TRIGGER_HOOK_RUN ? yyjson_mut_arr(call->doc) : ap_null(call);
}

bool exports_ap_piece_handler_trigger(piece_string_t *name, exports_ap_piece_handler_trigger_hook_t hook, payload *input,
                                      payload *result, host_failure *failure) {
  ap_call call;
  if (!entered(&call, input)) return told(&call, failure);
  for (const ap_trigger *trigger = ap_triggers; trigger->name != NULL; trigger++)
    if (is(name, trigger->name)) return left(&call, hooked(&call, trigger, hook), result, failure);
  ap_fail(&call, "unknown_trigger", "the piece has no trigger \"%.*s\"", (int)name->len, (char *)name->ptr);
  return told(&call, failure);
}

bool exports_ap_piece_handler_resolve(piece_string_t *path, payload *input, payload *result, host_failure *failure) {
  ap_call call;
  if (!entered(&call, input)) return told(&call, failure);
  for (const ap_resolver *resolver = ap_resolvers; resolver->path != NULL; resolver++)
    if (is(path, resolver->path)) return left(&call, resolver->resolve(&call), result, failure);
  ap_fail(&call, "unknown_path", "there is nothing to resolve at \"%.*s\"", (int)path->len, (char *)path->ptr);
  return told(&call, failure);
}
