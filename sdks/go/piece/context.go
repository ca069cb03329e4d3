package piece

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"time"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// Context is one call: what surrounds it and what it may use. It is done when the call has ended; its deadline is the
// moment at which the call is cut off.
type Context struct {
	context.Context
	// Auth is the connection that the user chose.
	Auth Connection
	// Store is state of this flow, ProjectStore that of all flows of the project.
	Store, ProjectStore *Store
	Files               Files
	Run                 Run
	// WebhookURL is the trigger's own, in its hooks.
	WebhookURL string
	// Payload is what a webhook received, in Run and OnHandshake of its trigger.
	Payload Payload
	// LastPoll is the newest moment that ByTime has seen, in Items; 1970 without one.
	LastPoll time.Time
	// LastItem is the id of the newest item that ByItem has seen, as JSON, in Items; nil without one.
	LastItem json.RawMessage

	deadline time.Time
	enabled  enabled
}

// Deadline is the moment at which the call is cut off; ok is false where the caller did not say.
func (c *Context) Deadline() (deadline time.Time, ok bool) { return c.deadline, !c.deadline.IsZero() }

// enabled is what a trigger asks for in OnEnable and OnStart.
type enabled struct {
	Schedule  any        `json:"schedule,omitempty"`
	Listeners []listener `json:"listeners,omitempty"`
}

type cron struct {
	CronExpression string `json:"cronExpression"`
	Timezone       string `json:"timezone,omitempty"`
}

type every struct {
	IntervalMs int64 `json:"intervalMs"`
}

type listener struct {
	Events          []string `json:"events"`
	IdentifierValue string   `json:"identifierValue"`
}

func (e enabled) answer() any {
	if e.Schedule == nil && e.Listeners == nil {
		return nil
	}
	return e
}

// Cron sets how often a polling trigger is run, in OnEnable and OnStart: a cron expression of five fields, and a time zone
// (UTC if empty).
func (c *Context) Cron(expression, timezone string) {
	c.enabled.Schedule = cron{expression, timezone}
}

// Every sets how often a polling trigger is run, in OnEnable and OnStart.
func (c *Context) Every(interval time.Duration) {
	c.enabled.Schedule = every{interval.Milliseconds()}
}

// Listen says which events of the app belong to this flow, in OnEnable of an AppWebhook; identifier says whose.
func (c *Context) Listen(identifier string, events ...string) {
	c.enabled.Listeners = append(c.enabled.Listeners, listener{events, identifier})
}

// Env is an environment variable that was granted to the piece; ok is false where it was not, or is not set.
func Env(name string) (value string, ok bool) { return os.LookupEnv(name) }

// Run is the flow's run that a call is part of.
type Run struct {
	ID string
	// Attempt is 1 at the first try.
	Attempt int
	// Testing: the call tests the piece and should change little outside.
	Testing bool
	// ProjectID is "default" unless the caller says; FlowID and StepName are empty unless it does.
	ProjectID, FlowID, StepName string
	// Resuming: a pause of this action has ended, and Resumed tells by what.
	Resuming bool
	// ResumeURL resumes the run by a webhook; empty where the caller takes none.
	ResumeURL string

	encoding Encoding
	resumed  []byte
}

// Response is an HTTP answer: status 200, no headers and an empty body unless said otherwise.
type Response struct {
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

// Resumed decodes what ended the pause; nothing changes where the run is not resuming.
func (r *Run) Resumed(into any) error {
	if r.resumed == nil {
		return nil
	}
	return r.encoding.Unmarshal(r.resumed, into)
}

func (r *Run) encode(response *Response) ([]byte, error) {
	if response == nil {
		return nil, nil
	}
	return r.encoding.Marshal(response)
}

// Respond answers the HTTP request that started the run; at most once.
func (r *Run) Respond(response Response) error {
	encoded, err := r.encode(&response)
	if err != nil {
		return err
	}
	return hostError(abi.RunRespond(encoded))
}

// Stop ends the run as a success after this action; response is nil for none.
func (r *Run) Stop(response *Response) error {
	encoded, err := r.encode(response)
	if err != nil {
		return err
	}
	return hostError(abi.RunStop(encoded))
}

// WaitUntil pauses the run until a moment; then the action is called again, resuming.
func (r *Run) WaitUntil(moment time.Time) error {
	ms := math.Ceil(float64(moment.UnixMicro()) / 1000)
	if ms < 0 {
		return &Error{Code: "invalid_input", Message: "the moment to wait for is before 1970"}
	}
	return hostError(abi.RunWaitUntil(uint64(ms)))
}

// WaitForWebhook pauses the run until somebody calls the URL that is returned; then the action is called again, resuming,
// with what they sent. response is nil for none.
func (r *Run) WaitForWebhook(response *Response) (url string, err error) {
	encoded, err := r.encode(response)
	if err != nil {
		return "", err
	}
	url, f := abi.RunWaitForWebhook(encoded)
	return url, hostError(f)
}

// Payload is what a webhook received.
type Payload struct {
	// Headers by lower-case name.
	Headers map[string]string
	Query   map[string]string

	encoding      Encoding
	body, rawBody []byte
}

// Body decodes the body as the caller parsed it; nothing changes without one.
func (p Payload) Body(into any) error {
	if p.body == nil {
		return nil
	}
	return p.encoding.Unmarshal(p.body, into)
}

// RawBody is the body as it came, for signatures; nil where the caller kept none.
func (p Payload) RawBody() []byte {
	if p.rawBody == nil {
		return nil
	}
	var text string
	if p.encoding.Unmarshal(p.rawBody, &text) == nil {
		return []byte(text)
	}
	var bytes []byte
	if p.encoding.Unmarshal(p.rawBody, &bytes) == nil {
		return bytes
	}
	return nil
}

func payloadOf(in *callInput) Payload {
	p := Payload{Headers: map[string]string{}, Query: map[string]string{}, encoding: in.encoding}
	raw, given := in.parts["payload"]
	if !given {
		return p
	}
	parts, err := in.encoding.Fields(raw)
	if err != nil {
		return p
	}
	p.body, p.rawBody = parts["body"], parts["rawBody"]
	var headers map[string]string
	_ = in.encoding.Unmarshal(parts["headers"], &headers)
	for name, value := range headers {
		p.Headers[strings.ToLower(name)] = value
	}
	_ = in.encoding.Unmarshal(parts["queryParams"], &p.Query)
	return p
}

func newContext(in *callInput) (*Context, context.CancelFunc) {
	var info runInfo
	var resumed []byte
	if raw, given := in.parts["run"]; given {
		_ = in.encoding.Unmarshal(raw, &info)
		if info.ExecutionType == "RESUME" {
			if parts, err := in.encoding.Fields(raw); err == nil {
				resumed = parts["resumePayload"]
			}
		}
	}
	if info.ProjectID == "" {
		info.ProjectID = "default"
	}
	if info.Attempt == 0 {
		info.Attempt = 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Context{
		Context:      ctx,
		Auth:         connectionOf(in),
		Store:        &Store{abi.Flow},
		ProjectStore: &Store{abi.Project},
		Run: Run{
			ID: info.ID, Attempt: info.Attempt, Testing: info.Testing,
			ProjectID: info.ProjectID, FlowID: info.FlowID, StepName: info.StepName,
			Resuming: info.ExecutionType == "RESUME", ResumeURL: info.ResumeURL,
			encoding: in.encoding, resumed: resumed,
		},
		WebhookURL: in.text("webhookUrl"),
		Payload:    payloadOf(in),
		deadline:   info.Deadline.Time,
	}, cancel
}
