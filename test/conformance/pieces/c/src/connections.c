#include "piece.h"

static const char *auth_type(ap_call *call) { return ap_text(call->auth, "type", ""); }
static bool is_oauth2(const char *type) { return strstr(type, "OAUTH2") != NULL; }
static yyjson_val *auth_props(ap_call *call) { return ap_get(call->auth, "props"); }

static void copy_text(ap_call *call, yyjson_mut_val *to, yyjson_val *from, const char *key) {
  yyjson_mut_obj_add_val(call->doc, to, key, ap_copy(call, ap_get(from, key)));
}

static yyjson_mut_val *bare(ap_call *call) {
  const char *type = auth_type(call);
  if (is(type, "SECRET_TEXT")) return ap_copy(call, ap_get(call->auth, "secret_text"));
  if (is(type, "CUSTOM_AUTH") || is(type, "OIDC")) return ap_copy(call, auth_props(call));
  yyjson_mut_val *value = yyjson_mut_obj(call->doc);
  if (is_oauth2(type)) {
    copy_text(call, value, call->auth, "access_token");
    copy_text(call, value, auth_props(call), "tenant");
  } else {
    copy_text(call, value, call->auth, "username");
    copy_text(call, value, call->auth, "password");
  }
  return value;
}

yyjson_mut_val *connection(ap_call *call) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_str(call->doc, answer, "type", auth_type(call));
  yyjson_mut_obj_add_val(call->doc, answer, "value", bare(call));
  return answer;
}

static yyjson_mut_val *valid_if(ap_call *call, bool valid, const char *error) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  yyjson_mut_obj_add_bool(call->doc, answer, "valid", valid);
  if (!valid) yyjson_mut_obj_add_strcpy(call->doc, answer, "error", error);
  return answer;
}

yyjson_mut_val *auth_validate(ap_call *call) {
  const char *type = auth_type(call);
  char error[512];
  if (is(type, "SECRET_TEXT"))
    return valid_if(call, is(ap_text(call->auth, "secret_text", ""), "good"), "the token is not accepted");
  if (is(type, "BASIC_AUTH")) {
    const char *name = ap_text(call->auth, "username", "");
    snprintf(error, sizeof error, "%s may not come in", name);
    return valid_if(call, is(name, "ann") && is(ap_text(call->auth, "password", ""), "secret"), error);
  }
  if (is(type, "CUSTOM_AUTH")) {
    snprintf(error, sizeof error, "the key does not open %s", ap_text(auth_props(call), "url", ""));
    return valid_if(call, is(ap_text(auth_props(call), "key", ""), "good"), error);
  }
  if (is_oauth2(type)) return valid_if(call, is(ap_text(call->auth, "access_token", ""), "good"), "the account is locked");
  return valid_if(call, true, "");
}

static yyjson_mut_val *none(ap_call *call, const char *path) {
  return ap_fail(call, "unknown_path", "there is nothing to resolve at \"%s\"", path);
}

yyjson_mut_val *auth_identifier(ap_call *call) {
  const char *type = auth_type(call);
  if (is(type, "BASIC_AUTH")) return ap_copy(call, ap_get(call->auth, "username"));
  if (is(type, "CUSTOM_AUTH")) return ap_copy(call, ap_get(auth_props(call), "url"));
  if (!is(type, "SECRET_TEXT")) return none(call, "auth/identifier");
  char text[64];
  snprintf(text, sizeof text, "token of %zu characters", strlen(ap_text(call->auth, "secret_text", "")));
  return yyjson_mut_strcpy(call->doc, text);
}

yyjson_mut_val *auth_refresh(ap_call *call) {
  if (!is(auth_type(call), "CUSTOM_AUTH")) return none(call, "auth/refresh");
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  char token[512];
  snprintf(token, sizeof token, "%s@%s", ap_text(auth_props(call), "key", ""), ap_text(auth_props(call), "url", ""));
  yyjson_mut_obj_add_strcpy(call->doc, answer, "access_token", token);
  yyjson_mut_obj_add_int(call->doc, answer, "expires_in", 30);
  return answer;
}
