#include <ap_piece.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

static const char BASE[] = "https://jsonplaceholder.typicode.com";

/** Gets JSON. An answer other than a success is a failure of the call: unauthorized, not_found, rate_limited … */
static yyjson_val *get(ap_call *call, const char *path) {
  char url[256], bearer[1024];
  snprintf(url, sizeof url, "%s%s", BASE, path);
  snprintf(bearer, sizeof bearer, "Bearer %s", ap_text(call->auth, "secret_text", ""));
  const ap_header headers[] = {{"accept", "application/json"}, {"authorization", bearer}};
  ap_request request = {.url = url, .headers = headers, .header_count = 2};
  ap_response response;
  if (!ap_http(call, &request, &response) || !ap_ok(call, &response)) return NULL;
  return ap_response_json(call, &response);
}

static yyjson_mut_val *get_post(ap_call *call) {
  char path[64];
  snprintf(path, sizeof path, "/posts/%.17g", ap_number(call->props, "id", 0));
  yyjson_val *post = get(call, path);
  if (post == NULL) return NULL;
  ap_log(AP_INFO, "read post %.17g", ap_number(post, "id", 0));
  return ap_copy(call, post);
}

static yyjson_mut_val *count(ap_call *call) {
  bool alphabetical = strcmp(ap_text(call->props, "order", ""), "alphabet") == 0;
  return count_words(call->doc, ap_text(call->props, "text", ""), alphabetical);
}

/** Posts from new to old, as `{ id, data }`. */
static yyjson_mut_val *posts(ap_call *call, yyjson_mut_val *last) {
  (void)last;
  char path[128] = "/posts?_sort=id&_order=desc&_limit=20";
  yyjson_val *author = ap_get(call->props, "author");
  if (author != NULL) snprintf(path + strlen(path), 64, "&userId=%.17g", yyjson_get_num(author));
  yyjson_val *found = get(call, path), *post;
  if (found == NULL) return NULL;
  yyjson_mut_val *items = yyjson_mut_arr(call->doc);
  size_t i, max;
  yyjson_arr_foreach(found, i, max, post) {
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(call->doc, items);
    yyjson_mut_obj_add_val(call->doc, item, "id", ap_copy(call, ap_get(post, "id")));
    yyjson_mut_obj_add_val(call->doc, item, "data", ap_copy(call, post));
  }
  return items;
}

static yyjson_mut_val *enable(ap_call *call) { return ap_poll_enable(call, AP_LAST_ITEM, posts); }
static yyjson_mut_val *disable(ap_call *call) { return ap_poll_disable(call, AP_LAST_ITEM); }
static yyjson_mut_val *run(ap_call *call) { return ap_poll(call, AP_LAST_ITEM, posts, 0); }
static yyjson_mut_val *test(ap_call *call) { return ap_poll_test(call, AP_LAST_ITEM, posts); }

/** What the dropdown `author` offers. */
static yyjson_mut_val *authors(ap_call *call) {
  yyjson_mut_val *state = yyjson_mut_obj(call->doc);
  yyjson_mut_val *options = yyjson_mut_obj_add_arr(call->doc, state, "options");
  if (call->auth == NULL) {
    yyjson_mut_obj_add_bool(call->doc, state, "disabled", true);
    yyjson_mut_obj_add_str(call->doc, state, "placeholder", "Connect first");
    return state;
  }
  yyjson_val *users = get(call, "/users"), *user;
  if (users == NULL) return NULL;
  size_t i, max;
  yyjson_arr_foreach(users, i, max, user) {
    yyjson_mut_val *option = yyjson_mut_arr_add_obj(call->doc, options);
    yyjson_mut_obj_add_val(call->doc, option, "label", ap_copy(call, ap_get(user, "name")));
    yyjson_mut_obj_add_val(call->doc, option, "value", ap_copy(call, ap_get(user, "id")));
  }
  return state;
}

static yyjson_mut_val *validate(ap_call *call) {
  yyjson_mut_val *validity = yyjson_mut_obj(call->doc);
  const char *token = ap_text(call->auth, "secret_text", "");
  bool empty = token[strspn(token, " \t\r\n")] == 0;
  if (!empty && get(call, "/users/1") == NULL) return NULL;
  yyjson_mut_obj_add_bool(call->doc, validity, "valid", !empty);
  if (empty) yyjson_mut_obj_add_str(call->doc, validity, "error", "the token is empty");
  return validity;
}

const ap_action ap_actions[] = {{"get_post", get_post}, {"count_words", count}, {0}};

const ap_trigger ap_triggers[] = {
    {.name = "new_post", .on_enable = enable, .on_disable = disable, .run = run, .test = test},
    {0},
};

const ap_resolver ap_resolvers[] = {
    {"triggers/new_post/props/author", authors},
    {"auth/validate", validate},
    {0},
};
