#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "piece.h"

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

yyjson_mut_val *clock_(ap_call *call) {
  int64_t wait = (int64_t)ap_number(call->props, "waitMs", 0);
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_sint(call->doc, answer, "start", now_ms());
  struct timespec pause = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000};
  if (wait > 0) nanosleep(&pause, NULL);
  yyjson_mut_obj_add_sint(call->doc, answer, "end", now_ms());
  return answer;
}

yyjson_mut_val *random_(ap_call *call) {
  unsigned char bytes[16];
  unsigned seed;
  getentropy(bytes, sizeof bytes);
  getentropy(&seed, sizeof seed);
  srandom(seed);
  char token[33];
  for (size_t i = 0; i < sizeof bytes; i++) snprintf(token + 2 * i, 3, "%02x", bytes[i]);
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_real(call->doc, answer, "number", (double)random() / 2147483648.0);
  yyjson_mut_obj_add_strcpy(call->doc, answer, "token", token);
  return answer;
}

static yyjson_mut_val *refuse(ap_call *call) {
  ap_fail(call, "no_such_thing", "There is none: ünï 😀");
  yyjson_mut_val *detail = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_str(call->doc, detail, "what", "thing");
  yyjson_mut_val *list = yyjson_mut_obj_add_arr(call->doc, detail, "list");
  yyjson_mut_arr_add_int(call->doc, list, 1);
  yyjson_mut_arr_add_null(call->doc, list);
  yyjson_mut_arr_add_str(call->doc, list, "ä");
  ap_detail(call, detail);
  return NULL;
}

yyjson_mut_val *fail(ap_call *call) {
  const char *how = prop(call, "how", "");
  if (is(how, "refuse")) return refuse(call);
  if (is(how, "retry")) {
    ap_fail(call, "rate_limited", "The server asks for a pause.");
    ap_retry_after(call, 7000);
    return NULL;
  }
  if (is(how, "later")) {
    ap_fail(call, "busy", "Try again.");
    ap_retry_after(call, 0);
    return NULL;
  }
  /* C has no error but the codes of its library: a piece says what they mean. */
  if (is(how, "error")) return ap_fail(call, "internal_error", "an error on purpose");
  ap_panic("a bug on purpose");
}

yyjson_mut_val *burn(ap_call *call) {
  double rounds = ap_number(call->props, "rounds", 0);
  uint32_t x = 1;
  for (double n = 0; rounds < 0 || n < rounds; n++) x = x * 1664525u + 1013904223u;
  return yyjson_mut_uint(call->doc, x);
}

yyjson_mut_val *nested(ap_call *call) {
  yyjson_mut_val *value = yyjson_mut_arr(call->doc);
  for (double n = 1; n < ap_number(call->props, "depth", 1); n++) {
    yyjson_mut_val *outer = yyjson_mut_arr(call->doc);
    yyjson_mut_arr_append(outer, value);
    value = outer;
  }
  return value;
}
