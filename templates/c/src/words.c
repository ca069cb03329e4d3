#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

typedef struct {
  char *word;
  int count;
} entry;

/* The character at `*at`, which is then behind it. The text is valid UTF-8. */
static wint_t next_char(const char **at) {
  unsigned char first = (unsigned char)*(*at)++;
  wint_t c = first < 0x80 ? first : first < 0xe0 ? first & 0x1f : first < 0xf0 ? first & 0x0f : first & 0x07;
  while (((unsigned char)**at & 0xc0) == 0x80) c = c << 6 | ((unsigned char)*(*at)++ & 0x3f);
  return c;
}

static char *put_char(char *to, wint_t c) {
  if (c < 0x80) {
    *to++ = (char)c;
    return to;
  }
  int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  *to++ = (char)((0xff00 >> (more + 1) & 0xff) | c >> 6 * more);
  while (more-- > 0) *to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
  return to;
}

static int by_word(const void *a, const void *b) { return strcmp(((const entry *)a)->word, ((const entry *)b)->word); }

static int by_count(const void *a, const void *b) {
  int difference = ((const entry *)b)->count - ((const entry *)a)->count;
  return difference != 0 ? difference : by_word(a, b);
}

yyjson_mut_val *count_words(yyjson_mut_doc *doc, const char *text, bool alphabetical) {
  size_t length = strlen(text);
  /* A letter in lower case may take a byte more; a word has one at least. */
  char *words = malloc(length * 2 + 2), *end = words;
  entry *entries = malloc((length + 1) * sizeof *entries);
  if (words == NULL || entries == NULL) ap_panic("out of memory for a text of %zu bytes", length);
  size_t count = 0;
  for (const char *at = text; *at != 0;) {
    char *begin = end;
    wint_t c;
    while (*at != 0 && iswalnum(c = next_char(&at))) end = put_char(end, towlower(c));
    if (end == begin) continue;
    *end++ = 0;
    entries[count++] = (entry){begin, 1};
  }
  qsort(entries, count, sizeof *entries, by_word);
  size_t different = 0;
  for (size_t i = 0; i < count; i++) {
    if (different > 0 && strcmp(entries[different - 1].word, entries[i].word) == 0) entries[different - 1].count++;
    else entries[different++] = entries[i];
  }
  if (!alphabetical) qsort(entries, different, sizeof *entries, by_count);

  yyjson_mut_val *result = yyjson_mut_obj(doc);
  yyjson_mut_obj_add_uint(doc, result, "words", count);
  yyjson_mut_val *counts = yyjson_mut_obj_add_arr(doc, result, "counts");
  for (size_t i = 0; i < different; i++) {
    yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, counts);
    yyjson_mut_obj_add_str(doc, one, "word", entries[i].word);
    yyjson_mut_obj_add_int(doc, one, "count", entries[i].count);
  }
  return result;
}
