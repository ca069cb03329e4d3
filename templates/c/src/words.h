#ifndef WORDS_H
#define WORDS_H

#include <ap_piece.h>

/** `{ words, counts: [{ word, count }] }`, the most frequent or the first in the alphabet first. */
yyjson_mut_val *count_words(yyjson_mut_doc *doc, const char *text, bool alphabetical);

#endif
