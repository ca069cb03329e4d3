#include <stdlib.h>

#include "piece.h"

yyjson_mut_val *echo(ap_call *call) { return ap_copy(call, ap_get(call->props, "value")); }

static yyjson_mut_val *base64(ap_call *call, const unsigned char *bytes, size_t length) {
  static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char *text = malloc((length + 2) / 3 * 4 + 1), *to = text;
  for (size_t i = 0; i < length; i += 3) {
    unsigned group = bytes[i] << 16 | (i + 1 < length ? bytes[i + 1] << 8 : 0) | (i + 2 < length ? bytes[i + 2] : 0);
    for (int digit = 0; digit < 4; digit++) *to++ = i + digit > length ? '=' : DIGITS[group >> (18 - 6 * digit) & 63];
  }
  return yyjson_mut_strn(call->doc, text, to - text);
}

yyjson_mut_val *all(ap_call *call) {
  yyjson_mut_val *values = ap_copy(call, call->props);
  yyjson_val *file = ap_get(call->props, "file");
  if (file != NULL) {
    char *content;
    size_t length;
    if (!ap_file_content(call, file, &content, &length)) return NULL;
    yyjson_mut_obj_put(values, yyjson_mut_str(call->doc, "file"), base64(call, (unsigned char *)content, length));
  }
  return values;
}

static yyjson_mut_val *options(ap_call *call, yyjson_mut_val **list) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc);
  *list = yyjson_mut_obj_add_arr(call->doc, answer, "options");
  return answer;
}

static yyjson_mut_val *option(ap_call *call, yyjson_mut_val *list, const char *label) {
  yyjson_mut_val *one = yyjson_mut_arr_add_obj(call->doc, list);
  yyjson_mut_obj_add_strcpy(call->doc, one, "label", label);
  return one;
}

yyjson_mut_val *city(ap_call *call) {
  yyjson_mut_val *list, *answer = options(call, &list);
  if (call->auth == NULL) {
    yyjson_mut_obj_add_bool(call->doc, answer, "disabled", true);
    yyjson_mut_obj_add_str(call->doc, answer, "placeholder", "connect first");
    return answer;
  }
  char label[256];
  snprintf(label, sizeof label, "%s/%s", prop(call, "mode", "-"), ap_text(call->input, "searchValue", "-"));
  yyjson_mut_val *value = yyjson_mut_obj_add_obj(call->doc, option(call, list, label), "value");
  yyjson_mut_obj_add_int(call->doc, value, "id", 7);
  return answer;
}

yyjson_mut_val *rome(ap_call *call) {
  yyjson_mut_val *list, *answer = options(call, &list);
  yyjson_mut_obj_add_str(call->doc, option(call, list, "Rome"), "value", "rome");
  return answer;
}

yyjson_mut_val *cities(ap_call *call) {
  yyjson_mut_val *answer = rome(call);
  yyjson_mut_obj_add_str(call->doc, option(call, yyjson_mut_obj_get(answer, "options"), "Zürich"), "value", "zuerich");
  return answer;
}

yyjson_mut_val *kind(ap_call *call) {
  yyjson_mut_val *list, *answer = options(call, &list);
  yyjson_mut_obj_add_int(call->doc, option(call, list, "One"), "value", 1);
  return answer;
}

static yyjson_mut_val *property(ap_call *call, yyjson_mut_val *props, const char *name, const char *type,
                                const char *title, bool required) {
  yyjson_mut_val *one = yyjson_mut_obj_add_obj(call->doc, props, name);
  yyjson_mut_obj_add_str(call->doc, one, "type", type);
  yyjson_mut_obj_add_strcpy(call->doc, one, "displayName", title);
  yyjson_mut_obj_add_bool(call->doc, one, "required", required);
  return one;
}

yyjson_mut_val *fields(ap_call *call) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc), *props = yyjson_mut_obj_add_obj(call->doc, answer, "props");
  char title[256];
  snprintf(title, sizeof title, "Size (%s)", prop(call, "mode", "-"));
  property(call, props, "size", "NUMBER", title, true);
  yyjson_mut_val *unit = property(call, props, "unit", "DROPDOWN", "Unit", false);
  yyjson_mut_obj_add_arr(call->doc, unit, "refreshers");
  return answer;
}

yyjson_mut_val *fields_unit(ap_call *call) {
  yyjson_mut_val *list, *answer = options(call, &list);
  char label[256];
  snprintf(label, sizeof label, "Metre (%s)", prop(call, "mode", "-"));
  yyjson_mut_obj_add_str(call->doc, option(call, list, label), "value", "m");
  return answer;
}

yyjson_mut_val *default_fields(ap_call *call) {
  yyjson_mut_val *answer = yyjson_mut_obj(call->doc), *props = yyjson_mut_obj_add_obj(call->doc, answer, "props");
  property(call, props, "size", "NUMBER", "Size", false);
  return answer;
}
