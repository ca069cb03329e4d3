/**
 * ap_piece.h: write an automation piece in C and run it as a WebAssembly component.
 *
 * A piece is three tables: `ap_actions`, `ap_triggers`, `ap_resolvers`; and `src/description.json`, which says what a person
 * sees of them. Values are JSON, read and made with yyjson. The host has checked the properties of a call against the
 * description and has filled defaults in before a function is entered.
 *
 * A function answers with a value made in `call->doc`, or with NULL after it called something that failed: then that
 * failure is the call's. An instance lives for one call: what a function allocates need not be freed.
 */
#ifndef AP_PIECE_H
#define AP_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yyjson.h"

#define AP_PIECE_VERSION "0.1.0"

/** What a function is handed. Members that the call does not have are NULL. */
typedef struct ap_call {
  /** Makes the values that are returned. */
  yyjson_mut_doc *doc;
  /** The values of the properties; of `resolve` those that the form has so far. */
  yyjson_val *props;
  /** The connection, with its `type`. */
  yyjson_val *auth;
  /** `{ id, flowId, projectId, stepName, attempt, executionType, resumePayload, resumeUrl, testing, deadline }` */
  yyjson_val *run;
  /** Of a webhook: `{ body, rawBody, headers, queryParams }`. */
  yyjson_val *payload;
  /** The whole input (docs/contract.md): webhookUrl, searchValue, secret. */
  yyjson_val *input;
  struct ap_failure *failure;
} ap_call;

typedef yyjson_mut_val *ap_function(ap_call *call);

typedef struct ap_action {
  const char *name;
  ap_function *run;
} ap_action;

/** Hooks that are NULL do nothing. At most five items of `test` are handed out; without it, those of `run`. */
typedef struct ap_trigger {
  const char *name;
  /** Answers with `{ schedule }` or `{ listeners }`, or with null. */
  ap_function *on_enable;
  ap_function *on_disable;
  ap_function *on_start;
  ap_function *on_renew;
  /** Answers with `{ headers, body }`; `status` is 200 unless it is said. */
  ap_function *handshake;
  /** Answers with a list of items. */
  ap_function *run;
  ap_function *test;
} ap_trigger;

/** What surrounds a call: options of a dropdown at `actions/<action>/props/<property>`, `auth/validate`, `events/parse` … */
typedef struct ap_resolver {
  const char *path;
  ap_function *resolve;
} ap_resolver;

/** Each ends with an entry without a name. */
extern const ap_action ap_actions[];
extern const ap_trigger ap_triggers[];
extern const ap_resolver ap_resolvers[];

/* ── Values ── */

/** A member of an object, or NULL: also where the object is NULL or the member is null. */
yyjson_val *ap_get(yyjson_val *object, const char *key);
/** The text of a member, or `otherwise`. */
const char *ap_text(yyjson_val *object, const char *key, const char *otherwise);
/** The number of a member, or `otherwise`. */
double ap_number(yyjson_val *object, const char *key, double otherwise);
bool ap_flag(yyjson_val *object, const char *key, bool otherwise);
/** A value of the input as one of the output; null for NULL. */
yyjson_mut_val *ap_copy(ap_call *call, yyjson_val *value);
yyjson_mut_val *ap_null(ap_call *call);

/* ── Refusals and bugs ── */

/** Fails the call: `code` is stable and snake_case, the message for a person, as of printf. Returns NULL. */
yyjson_mut_val *ap_fail(ap_call *call, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** Of the failure that was made last: trying again after so many milliseconds may succeed; 0 leaves the moment to the caller. */
void ap_retry_after(ap_call *call, uint64_t ms);
/** Of the failure that was made last: what a flow may branch on. */
void ap_detail(ap_call *call, yyjson_mut_val *detail);
/** The code of that failure; NULL: there is none. */
const char *ap_failed(const ap_call *call);
/** Forgets it. */
void ap_recover(ap_call *call);

/** A bug: ends the call with file, line and message. `assert` does the same. */
#define ap_panic(...) ap_panic_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void ap_panic_at(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ── Log ── */

typedef enum { AP_TRACE, AP_DEBUG, AP_INFO, AP_WARN, AP_ERROR } ap_level;
void ap_log(ap_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ── State that outlives the call: JSON by key ── */

typedef enum { AP_FLOW, AP_PROJECT } ap_scope;
/** `*value` is NULL where nothing is kept. False: the call has failed. */
bool ap_store_get(ap_call *call, ap_scope scope, const char *key, yyjson_val **value);
bool ap_store_put(ap_call *call, ap_scope scope, const char *key, yyjson_mut_val *value);
bool ap_store_delete(ap_call *call, ap_scope scope, const char *key);
/** A list of texts: keys that begin with `prefix` ("": all), in order, after the one given (NULL: from the first); at most 1,000. */
bool ap_store_keys(ap_call *call, ap_scope scope, const char *prefix, const char *after, yyjson_mut_val **keys);

/* ── Files ── */

/** Keeps the bytes; `*reference` is what later steps read them by. Without a media type the name's extension says it. */
bool ap_file_write(ap_call *call, const char *name, const char *media_type, const void *content, size_t length,
                   char **reference);
/** A part of a file that was given to this call; fewer bytes than asked mean the end. A 0 follows them. */
bool ap_file_read(ap_call *call, const char *reference, uint64_t offset, uint32_t max_bytes, char **content, size_t *length);
/** All bytes of the value of a FILE property. */
bool ap_file_content(ap_call *call, yyjson_val *file, char **content, size_t *length);

/* ── The run that the call is part of; a response is `{ status, headers, body }` ── */

bool ap_respond(ap_call *call, yyjson_mut_val *response);
/** Ends the run as a success after this action; the response may be NULL. */
bool ap_stop(ap_call *call, yyjson_mut_val *response);
/** Pauses the run until a moment in milliseconds since 1970; then the action is called again with executionType RESUME. */
bool ap_wait_until(ap_call *call, uint64_t unix_ms);
/** Pauses the run until somebody calls `*url`; the response may be NULL. */
bool ap_wait_for_webhook(ap_call *call, yyjson_mut_val *response, char **url);

/* ── Polling: what is new since the last time. The store keeps `lastPoll` or `lastItem`, as in every SDK ── */

typedef enum { AP_TIMEBASED, AP_LAST_ITEM } ap_dedupe;
/**
 * Answers with a list of `{ at, data }`, at in milliseconds since 1970, or of `{ id, data }` from new to old. `last` is the
 * newest moment seen (0: none) or the newest id (null: none).
 */
typedef yyjson_mut_val *ap_source(ap_call *call, yyjson_mut_val *last);
/** One for each hook of a polling trigger; `max_items` 0: all. */
yyjson_mut_val *ap_poll(ap_call *call, ap_dedupe by, ap_source *source, size_t max_items);
yyjson_mut_val *ap_poll_enable(ap_call *call, ap_dedupe by, ap_source *source);
yyjson_mut_val *ap_poll_disable(ap_call *call, ap_dedupe by);
yyjson_mut_val *ap_poll_test(ap_call *call, ap_dedupe by, ap_source *source);

/* ── HTTP: redirects are followed, at most five, without credentials across origins ── */

typedef struct ap_header {
  const char *name;
  const char *value;
} ap_header;

typedef struct ap_request {
  /** GET where it is NULL. */
  const char *method;
  const char *url;
  const ap_header *headers;
  size_t header_count;
  const void *body;
  size_t body_length;
  /** A redirect is handed out. */
  bool manual;
  /** For the whole request; 0: the host's limits alone. */
  uint32_t timeout_ms;
} ap_request;

typedef struct ap_response {
  uint16_t status;
  /** Of the last redirect's target. */
  char *origin;
  ap_header *headers;
  size_t header_count;
  /** A 0 follows it. */
  char *body;
  size_t body_length;
} ap_response;

/** False: no answer came, and the call has failed: not_granted, connection_refused, timeout, upstream_error. */
bool ap_http(ap_call *call, const ap_request *request, ap_response *response);
/** All at the same time; the first that fails fails all. */
bool ap_http_all(ap_call *call, const ap_request *requests, ap_response *responses, size_t count);
/** Whether it is a success (2xx); else the call has failed: unauthorized, not_found, rate_limited, upstream_error, request_refused. */
bool ap_ok(ap_call *call, const ap_response *response);
/** By name in lower case; NULL: there is none. */
const char *ap_response_header(const ap_response *response, const char *name);
/** Its body as JSON; NULL: it is none, and the call has failed. */
yyjson_val *ap_response_json(ap_call *call, const ap_response *response);

#endif
