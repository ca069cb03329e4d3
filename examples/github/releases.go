package main

import (
	"net/url"
	"time"

	"github.com/ap-wasm/piece-go/piece"
)

type release struct {
	ID         int64     `json:"id"`
	Tag        string    `json:"tag"`
	Name       string    `json:"name"`
	Body       string    `json:"body"`
	URL        string    `json:"url"`
	Author     string    `json:"author"`
	Prerelease bool      `json:"prerelease"`
	Published  time.Time `json:"published"`
	Assets     []asset   `json:"assets"`
}

type asset struct {
	Name      string `json:"name"`
	URL       string `json:"url"`
	MediaType string `json:"mediaType"`
	Bytes     int64  `json:"bytes"`
	Downloads int    `json:"downloads"`
}

type rawRelease struct {
	ID          int64      `json:"id"`
	TagName     string     `json:"tag_name"`
	Name        string     `json:"name"`
	Body        string     `json:"body"`
	HTMLURL     string     `json:"html_url"`
	Author      user       `json:"author"`
	Draft       bool       `json:"draft"`
	Prerelease  bool       `json:"prerelease"`
	PublishedAt *time.Time `json:"published_at"`
	Assets      []struct {
		Name               string `json:"name"`
		BrowserDownloadURL string `json:"browser_download_url"`
		ContentType        string `json:"content_type"`
		Size               int64  `json:"size"`
		DownloadCount      int    `json:"download_count"`
	} `json:"assets"`
}

func (raw rawRelease) plain() release {
	out := release{
		ID: raw.ID, Tag: raw.TagName, Name: raw.Name, Body: raw.Body, URL: raw.HTMLURL, Author: raw.Author.Login,
		Prerelease: raw.Prerelease, Assets: []asset{},
	}
	if raw.PublishedAt != nil {
		out.Published = *raw.PublishedAt
	}
	for _, one := range raw.Assets {
		out.Assets = append(out.Assets, asset{one.Name, one.BrowserDownloadURL, one.ContentType, one.Size, one.DownloadCount})
	}
	return out
}

var sampleRelease = release{
	ID: 1, Tag: "v1.0.0", Name: "1.0.0", Body: "What is new", URL: "https://github.com/owner/name/releases/tag/v1.0.0",
	Author: "octocat", Published: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Assets: []asset{},
}

type releasesProps struct {
	repositoryProp
	Prereleases bool `json:"prereleases" ap:"title=Prereleases too,required,default=false"`
}

// released gives those that are out, the newest first.
func released(ctx *piece.Context, in releasesProps, limit int) ([]release, error) {
	api, path, err := within(ctx, in.repositoryProp)
	if err != nil {
		return nil, err
	}
	found, err := list(api, path+"/releases", url.Values{}, limit, func(one rawRelease) bool {
		return !one.Draft && (in.Prereleases || !one.Prerelease)
	})
	if err != nil {
		return nil, err
	}
	releases := make([]release, len(found))
	for i, one := range found {
		releases[i] = one.plain()
	}
	return releases, nil
}

type listReleasesProps struct {
	releasesProps
	Limit int `json:"limit" ap:"title=At most,required,default=30" doc:"How many releases, 1,000 at most."`
}

func listReleases(ctx *piece.Context, in listReleasesProps) ([]release, error) {
	if err := checkLimit(in.Limit); err != nil {
		return nil, err
	}
	return released(ctx, in.releasesProps, in.Limit)
}

// As many as may come out between two polls.
const polledReleases = 30

var newReleases = piece.ByItem[releasesProps, release, int64]{
	OnEnable: func(ctx *piece.Context, _ releasesProps) error {
		ctx.Every(5 * time.Minute)
		return nil
	},
	Items: func(ctx *piece.Context, in releasesProps) ([]release, error) {
		return released(ctx, in, polledReleases)
	},
	ID: func(one release) int64 { return one.ID },
}
