/* Addresses of http and https, as far as requests and redirects need them. */
#ifndef AP_URL_H
#define AP_URL_H

#include <stdbool.h>

#define AP_AUTHORITY_CHARS 264
#define AP_ORIGIN_CHARS (AP_AUTHORITY_CHARS + 8)

typedef struct ap_url {
  bool secure;
  /* Host and port, in lower case, without the scheme's own port. */
  char authority[AP_AUTHORITY_CHARS];
  /* Path and query. */
  char *path;
} ap_url;

/* False: it is none, or names a user. */
bool ap_url_parse(const char *text, ap_url *url);
/* What `reference` means on the page at `base`. */
bool ap_url_resolve(const ap_url *base, const char *reference, ap_url *url);
bool ap_url_same_origin(const ap_url *a, const ap_url *b);
/* `https://host:port` */
void ap_url_origin(const ap_url *url, char origin[AP_ORIGIN_CHARS]);

#endif
