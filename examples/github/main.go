// GitHub's issues and releases as a piece.
package main

import "github.com/ap-wasm/piece-go/piece"

func main() {
	piece.Define(piece.Info{
		Title:       "GitHub",
		Description: "Issues and releases of GitHub and GitHub Enterprise Server.",
		Authors:     []string{"ap-wasm"},
		Categories:  []piece.Category{piece.DeveloperTools},
		Auth:        []piece.Auth{account, token},
	})
	piece.Action("list_issues", piece.Spec{
		Title:       "List issues",
		Description: "Issues of a repository, the newest first, as many as asked for; pull requests are left out.",
		AI:          &piece.AI{Description: "Lists issues of a repository by state, labels and date.", Idempotent: true},
	}, listIssues)
	piece.Action("get_issue", piece.Spec{
		Title:       "Get an issue",
		Description: "Reads one issue, with its comments if asked for.",
		AI:          &piece.AI{Description: "Reads one issue by its number.", Idempotent: true},
	}, getIssue)
	piece.Action("create_issue", piece.Spec{
		Title:       "Create an issue",
		Description: "Opens an issue in a repository.",
		AI:          &piece.AI{Description: "Opens an issue. Doing it twice opens two."},
	}, createIssue)
	piece.Action("comment_issue", piece.Spec{
		Title:       "Comment on an issue",
		Description: "Adds a comment to an issue or pull request.",
		AI:          &piece.AI{Description: "Adds a comment. Doing it twice adds two."},
	}, commentIssue)
	piece.Action("list_releases", piece.Spec{
		Title:       "List releases",
		Description: "Releases of a repository, the newest first; drafts are left out.",
		AI:          &piece.AI{Description: "Lists releases of a repository.", Idempotent: true},
	}, listReleases)
	piece.Trigger("issue_event", piece.Spec{
		Title:       "Issue event",
		Description: "Starts a flow when an issue is opened, closed, labelled or commented on.",
		SampleData:  sampleEvent,
	}, issueEvents)
	piece.Trigger("new_release", piece.Spec{
		Title:       "New release",
		Description: "Starts a flow for each new release of a repository.",
		SampleData:  sampleRelease,
	}, newReleases)
}
