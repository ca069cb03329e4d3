#include "ap_url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ap_piece.h"

static char *joined(const char *a, size_t a_length, const char *b, size_t b_length) {
  char *text = malloc(a_length + b_length + 1);
  if (text == NULL) ap_panic("out of memory for an address");
  memcpy(text, a, a_length);
  memcpy(text + a_length, b, b_length);
  text[a_length + b_length] = 0;
  return text;
}

/* What no part of an address may hold unescaped. */
static bool is_clean(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f || text[i] == '\\') return false;
  return true;
}

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), end_length = strlen(end);
  return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static bool set_authority(ap_url *url, const char *text, size_t length) {
  if (length == 0 || length >= AP_AUTHORITY_CHARS || memchr(text, '@', length) != NULL || !is_clean(text, length)) return false;
  for (size_t i = 0; i < length; i++) url->authority[i] = (char)tolower(text[i]);
  url->authority[length] = 0;
  const char *port = url->secure ? ":443" : ":80";
  if (ends_with(url->authority, port)) url->authority[length - strlen(port)] = 0;
  return true;
}

/* Takes `.` and `..` out of a path, in place; the query stays as it is. */
static void remove_dots(char *path) {
  size_t end = strcspn(path, "?"), out = 0;
  for (size_t in = 0; in < end;) {
    size_t segment = 1 + strcspn(path + in + 1, "/?");
    if (in + segment > end) segment = end - in;
    bool last = in + segment >= end;
    if (segment == 2 && path[in + 1] == '.') {
      if (last) path[out++] = '/';
    } else if (segment == 3 && path[in + 1] == '.' && path[in + 2] == '.') {
      while (out > 0 && path[--out] != '/') {}
      if (last) path[out++] = '/';
    } else {
      memmove(path + out, path + in, segment);
      out += segment;
    }
    in += segment;
  }
  memmove(path + out, path + end, strlen(path + end) + 1);
}

/* From the authority on: `host:port/path?query#fragment`. */
static bool parse_rest(const char *text, ap_url *url) {
  size_t authority = strcspn(text, "/?#");
  if (!set_authority(url, text, authority)) return false;
  const char *path = text + authority;
  size_t length = strcspn(path, "#");
  if (!is_clean(path, length)) return false;
  url->path = *path == '/' ? joined("", 0, path, length) : joined("/", 1, path, length);
  remove_dots(url->path);
  return true;
}

bool ap_url_parse(const char *text, ap_url *url) {
  url->secure = strncasecmp(text, "https://", 8) == 0;
  if (!url->secure && strncasecmp(text, "http://", 7) != 0) return false;
  return parse_rest(text + (url->secure ? 8 : 7), url);
}

bool ap_url_resolve(const ap_url *base, const char *reference, ap_url *url) {
  size_t scheme = strcspn(reference, ":/?#");
  if (reference[scheme] == ':') return ap_url_parse(reference, url);
  *url = *base;
  if (strncmp(reference, "//", 2) == 0) return parse_rest(reference + 2, url);
  size_t length = strcspn(reference, "#"), kept = strcspn(base->path, "?");
  if (!is_clean(reference, length)) return false;
  if (length == 0) return true;
  if (*reference == '/') kept = 0;
  else if (*reference != '?')
    while (kept > 0 && base->path[kept - 1] != '/') kept--;
  url->path = joined(base->path, kept, reference, length);
  remove_dots(url->path);
  return true;
}

bool ap_url_same_origin(const ap_url *a, const ap_url *b) {
  return a->secure == b->secure && strcmp(a->authority, b->authority) == 0;
}

void ap_url_origin(const ap_url *url, char origin[AP_ORIGIN_CHARS]) {
  snprintf(origin, AP_ORIGIN_CHARS, "%s://%s", url->secure ? "https" : "http", url->authority);
}
