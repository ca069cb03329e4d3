/* Polling: what is new since the last time; passes test/conformance/polling.json as every SDK does. */
#include <string.h>
#include <time.h>

#include "ap_piece.h"

static const size_t TEST_ITEMS = 5;

static const char *key_of(ap_dedupe by) { return by == AP_TIMEBASED ? "lastPoll" : "lastItem"; }

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static double moment_of(yyjson_mut_val *item) { return yyjson_mut_get_num(yyjson_mut_obj_get(item, "at")); }

static yyjson_mut_val *nothing_seen(ap_call *call, ap_dedupe by) {
  return by == AP_TIMEBASED ? yyjson_mut_uint(call->doc, 0) : ap_null(call);
}

/* An id that is null or absent is none. */
static bool remember(ap_call *call, ap_dedupe by, yyjson_mut_val *seen) {
  if (seen == NULL || yyjson_mut_is_null(seen)) return true;
  return ap_store_put(call, AP_FLOW, key_of(by), seen);
}

static yyjson_mut_val *data_of(ap_call *call, yyjson_mut_val *items, size_t from, size_t to, double after) {
  yyjson_mut_val *list = yyjson_mut_arr(call->doc);
  size_t i, max;
  yyjson_mut_val *item;
  yyjson_mut_arr_foreach(items, i, max, item) {
    if (i < from || i >= to || (after >= 0 && moment_of(item) <= after)) continue;
    yyjson_mut_val *data = yyjson_mut_obj_get(item, "data");
    yyjson_mut_arr_append(list, data == NULL ? ap_null(call) : yyjson_mut_val_mut_copy(call->doc, data));
  }
  return list;
}

static yyjson_mut_val *by_time(ap_call *call, ap_source *source, yyjson_mut_val *last) {
  yyjson_mut_val *items = source(call, last);
  if (items == NULL) return NULL;
  double before = yyjson_mut_get_num(last), newest = before;
  size_t i, max;
  yyjson_mut_val *item;
  yyjson_mut_arr_foreach(items, i, max, item) {
    if (moment_of(item) > newest) newest = moment_of(item);
  }
  if (!remember(call, AP_TIMEBASED, yyjson_mut_uint(call->doc, (uint64_t)newest))) return NULL;
  return data_of(call, items, 0, yyjson_mut_arr_size(items), before);
}

static yyjson_mut_val *by_item(ap_call *call, ap_source *source, yyjson_mut_val *last, size_t max_items) {
  yyjson_mut_val *items = source(call, last);
  if (items == NULL) return NULL;
  size_t to = yyjson_mut_arr_size(items), i, max;
  yyjson_mut_val *item;
  yyjson_mut_arr_foreach(items, i, max, item) {
    if (yyjson_mut_is_null(last) || !yyjson_mut_equals(yyjson_mut_obj_get(item, "id"), last)) continue;
    to = i;
    break;
  }
  /* The oldest of them first: what is left over comes with the next poll. */
  size_t from = max_items > 0 && to > max_items ? to - max_items : 0;
  if (to > from && !remember(call, AP_LAST_ITEM, yyjson_mut_obj_get(yyjson_mut_arr_get(items, from), "id"))) return NULL;
  return data_of(call, items, from, to, -1);
}

yyjson_mut_val *ap_poll(ap_call *call, ap_dedupe by, ap_source *source, size_t max_items) {
  yyjson_val *kept;
  if (!ap_store_get(call, AP_FLOW, key_of(by), &kept)) return NULL;
  yyjson_mut_val *last = kept == NULL ? nothing_seen(call, by) : ap_copy(call, kept);
  return by == AP_TIMEBASED ? by_time(call, source, last) : by_item(call, source, last, max_items);
}

yyjson_mut_val *ap_poll_enable(ap_call *call, ap_dedupe by, ap_source *source) {
  if (by == AP_TIMEBASED)
    return ap_store_put(call, AP_FLOW, key_of(by), yyjson_mut_uint(call->doc, now_ms())) ? ap_null(call) : NULL;
  yyjson_mut_val *items = source(call, nothing_seen(call, by));
  if (items == NULL) return NULL;
  yyjson_mut_val *newest = yyjson_mut_obj_get(yyjson_mut_arr_get_first(items), "id");
  bool none = newest == NULL || yyjson_mut_is_null(newest);
  bool done = none ? ap_store_delete(call, AP_FLOW, key_of(by)) : remember(call, by, newest);
  return done ? ap_null(call) : NULL;
}

yyjson_mut_val *ap_poll_disable(ap_call *call, ap_dedupe by) {
  return ap_store_delete(call, AP_FLOW, key_of(by)) ? ap_null(call) : NULL;
}

yyjson_mut_val *ap_poll_test(ap_call *call, ap_dedupe by, ap_source *source) {
  yyjson_mut_val *items = source(call, nothing_seen(call, by));
  return items == NULL ? NULL : data_of(call, items, 0, TEST_ITEMS, -1);
}
