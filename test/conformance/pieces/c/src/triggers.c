#include "piece.h"

/* ── Polling ── */

static yyjson_mut_val *source(ap_call *call, yyjson_mut_val *last) {
  ap_log(AP_INFO, "asked %s", yyjson_mut_val_write(last, YYJSON_WRITE_NOFLAG, NULL));
  yyjson_val *items = ap_get(call->props, "items");
  return items == NULL ? yyjson_mut_arr(call->doc) : ap_copy(call, items);
}

static yyjson_mut_val *schedule(ap_call *call, yyjson_mut_val **inner) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  *inner = yyjson_mut_obj_add_obj(call->doc, answer, "schedule");
  return answer;
}

static yyjson_mut_val *time_enable(ap_call *call) {
  if (ap_poll_enable(call, AP_TIMEBASED, source) == NULL) return NULL;
  yyjson_mut_val *inner, *answer = schedule(call, &inner);
  yyjson_mut_obj_add_str(call->doc, inner, "cronExpression", "*/5 * * * *");
  yyjson_mut_obj_add_str(call->doc, inner, "timezone", "UTC");
  return answer;
}
static yyjson_mut_val *time_disable(ap_call *call) { return ap_poll_disable(call, AP_TIMEBASED); }
static yyjson_mut_val *time_run(ap_call *call) { return ap_poll(call, AP_TIMEBASED, source, 0); }
static yyjson_mut_val *time_test(ap_call *call) { return ap_poll_test(call, AP_TIMEBASED, source); }

static yyjson_mut_val *last_enable(ap_call *call) {
  if (ap_poll_enable(call, AP_LAST_ITEM, source) == NULL) return NULL;
  yyjson_mut_val *inner, *answer = schedule(call, &inner);
  yyjson_mut_obj_add_int(call->doc, inner, "intervalMs", 60000);
  return answer;
}
static yyjson_mut_val *last_disable(ap_call *call) { return ap_poll_disable(call, AP_LAST_ITEM); }
static yyjson_mut_val *last_run(ap_call *call) {
  return ap_poll(call, AP_LAST_ITEM, source, (size_t)ap_number(call->props, "max", 0));
}
static yyjson_mut_val *last_test(ap_call *call) { return ap_poll_test(call, AP_LAST_ITEM, source); }

/* ── Webhooks ── */

static yyjson_mut_val *keep(ap_call *call, const char *key, yyjson_mut_val *value) {
  return ap_store_put(call, AP_FLOW, key, value) ? ap_null(call) : NULL;
}
static yyjson_mut_val *hook_enable(ap_call *call) { return keep(call, "url", ap_copy(call, ap_get(call->input, "webhookUrl"))); }
static yyjson_mut_val *hook_start(ap_call *call) { return keep(call, "started", yyjson_mut_true(call->doc)); }
static yyjson_mut_val *hook_renew(ap_call *call) { return keep(call, "renewed", yyjson_mut_true(call->doc)); }
static yyjson_mut_val *hook_disable(ap_call *call) { return ap_store_delete(call, AP_FLOW, "url") ? ap_null(call) : NULL; }

static yyjson_val *query(ap_call *call) { return ap_get(call->payload, "queryParams"); }

static yyjson_mut_val *hook_handshake(ap_call *call) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_str(call->doc, yyjson_mut_obj_add_obj(call->doc, answer, "headers"), "content-type", "text/plain");
  yyjson_mut_obj_add_val(call->doc, answer, "body", ap_copy(call, ap_get(query(call), "challenge")));
  return answer;
}

static yyjson_mut_val *hook_run(ap_call *call) {
  yyjson_mut_val *items = yyjson_mut_arr(call->doc), *item = yyjson_mut_arr_add_obj(call->doc, items);
  yyjson_mut_obj_add_val(call->doc, item, "body", ap_copy(call, ap_get(call->payload, "body")));
  yyjson_mut_obj_add_val(call->doc, item, "query", ap_copy(call, query(call)));
  yyjson_mut_obj_add_val(call->doc, item, "signature", ap_copy(call, ap_get(ap_get(call->payload, "headers"), "x-signature")));
  return items;
}

static yyjson_mut_val *app_enable(ap_call *call) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_mut_val *one = yyjson_mut_arr_add_obj(call->doc, yyjson_mut_obj_add_arr(call->doc, answer, "listeners"));
  yyjson_mut_val *events = yyjson_mut_obj_add_arr(call->doc, one, "events");
  yyjson_mut_arr_add_str(call->doc, events, "created");
  yyjson_mut_arr_add_str(call->doc, events, "closed");
  yyjson_mut_obj_add_str(call->doc, one, "identifierValue", "team-1");
  return answer;
}

static yyjson_mut_val *app_run(ap_call *call) {
  yyjson_mut_val *items = yyjson_mut_arr(call->doc);
  yyjson_mut_arr_append(items, ap_copy(call, ap_get(call->payload, "body")));
  return items;
}

static yyjson_mut_val *app_test(ap_call *call) {
  yyjson_mut_val *items = yyjson_mut_arr(call->doc);
  for (int id = 1; id <= 7; id++) yyjson_mut_obj_add_int(call->doc, yyjson_mut_arr_add_obj(call->doc, items), "id", id);
  return items;
}

static yyjson_mut_val *manual_test(ap_call *call) {
  yyjson_mut_val *items = yyjson_mut_arr(call->doc);
  yyjson_mut_obj_add_str(call->doc, yyjson_mut_arr_add_obj(call->doc, items), "by", "hand");
  return items;
}

const ap_trigger ap_triggers[] = {
    {.name = "poll_time", .on_enable = time_enable, .on_disable = time_disable, .run = time_run, .test = time_test},
    {.name = "poll_last", .on_enable = last_enable, .on_disable = last_disable, .run = last_run, .test = last_test},
    {.name = "webhook", .on_enable = hook_enable, .on_disable = hook_disable, .on_start = hook_start, .on_renew = hook_renew,
     .handshake = hook_handshake, .run = hook_run},
    {.name = "app", .on_enable = app_enable, .run = app_run, .test = app_test},
    {.name = "manual", .test = manual_test},
    {0},
};

/* ── Events of the app ── */

yyjson_mut_val *events_parse(ap_call *call) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_val *challenge = ap_get(query(call), "challenge"), *body = ap_get(call->payload, "body");
  if (challenge != NULL) {
    yyjson_mut_val *reply = yyjson_mut_obj_add_obj(call->doc, answer, "reply");
    yyjson_mut_obj_add_int(call->doc, reply, "status", 200);
    yyjson_mut_obj_add_val(call->doc, reply, "body", ap_copy(call, challenge));
    return answer;
  }
  yyjson_mut_obj_add_val(call->doc, answer, "event", ap_copy(call, ap_get(body, "event")));
  yyjson_mut_obj_add_val(call->doc, answer, "identifierValue", ap_copy(call, ap_get(body, "team")));
  return answer;
}

yyjson_mut_val *events_verify(ap_call *call) {
  const char *signature = ap_text(ap_get(call->payload, "headers"), "x-signature", NULL);
  return yyjson_mut_bool(call->doc, signature != NULL && is(signature, ap_text(call->input, "secret", "")));
}
