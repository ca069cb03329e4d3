/* The conformance piece: README.md of test/conformance says what each function does. */
#ifndef PIECE_H
#define PIECE_H

#include <ap_piece.h>
#include <stdio.h>
#include <string.h>

static inline bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }
/* The text of a property. */
static inline const char *prop(ap_call *call, const char *name, const char *otherwise) {
  return ap_text(call->props, name, otherwise);
}

ap_function all, connection, echo;
ap_function environment, http, http_all, log_lines, read_file, state, steer, write_file;
ap_function burn, clock_, fail, large, nested, random_;
ap_function cities, city, default_fields, fields, fields_unit, kind, rome;
ap_function auth_identifier, auth_refresh, auth_validate, events_parse, events_verify;

#endif
