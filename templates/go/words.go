package main

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

type wordCount struct {
	Words  int     `json:"words"`
	Counts []count `json:"counts"`
}

type count struct {
	Word  string `json:"word"`
	Count int    `json:"count"`
}

func countWords(text, order string) wordCount {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
	counts := map[string]int{}
	for _, word := range words {
		counts[word]++
	}
	list := []count{}
	for word, n := range counts {
		list = append(list, count{word, n})
	}
	slices.SortFunc(list, func(a, b count) int {
		byWord := strings.Compare(a.Word, b.Word)
		if order == "alphabet" {
			return byWord
		}
		return cmp.Or(b.Count-a.Count, byWord)
	})
	return wordCount{len(words), list}
}
