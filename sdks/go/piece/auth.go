package piece

import (
	"reflect"
	"strings"
	"time"
)

// Auth is a connection that a piece accepts: SecretText, BasicAuth, CustomAuth, OAuth2 or OIDC.
type Auth interface{ kind() authKind }

// authKind is what all connections have in common.
type authKind struct {
	// name is the contract's word.
	name  string
	head  authHead
	words object
	// props is a struct of the type whose fields are the connection's own properties; nil for none.
	props      any
	validate   func(*Context) error
	identifier func(*Context) (string, error)
	refresh    func(*Context) (Token, error)
}

type authHead struct {
	title, description string
	optional           bool
}

func (k authKind) form() *form {
	if k.props == nil {
		return nil
	}
	return formOf(reflect.TypeOf(k.props), inAuth)
}

func (k authKind) checkProps() {
	if form := k.form(); form != nil {
		for _, problem := range form.problems() {
			defined.problem("Auth "+k.name, problem)
		}
	}
}

// Label names a field of a form.
type Label struct {
	Title       string
	Description string
}

func (l Label) describe(fallback string) object {
	if l.Title == "" {
		l.Title = fallback
	}
	return object{}.put("displayName", l.Title).putText("description", l.Description)
}

// Invalid is what Validate returns for a connection that does not serve; any other error says that it could not be found out.
func Invalid(message string) error { return &invalid{message} }

type invalid struct{ message string }

func (i *invalid) Error() string { return i.message }

// SecretText is a connection by one secret: an API key, a token.
type SecretText struct {
	Title       string
	Description string
	// Optional: the user need not choose one.
	Optional bool
	// Validate is asked when somebody connects; Invalid refuses.
	Validate func(ctx *Context) error
	// Identifier is a name by which a person recognises the connection: an account, an address.
	Identifier func(ctx *Context) (string, error)
}

func (a SecretText) kind() authKind {
	return authKind{
		name: "SECRET_TEXT", head: authHead{a.Title, a.Description, a.Optional}, validate: a.Validate, identifier: a.Identifier,
	}
}

// BasicAuth is a connection by a user name and a password.
type BasicAuth struct {
	Title       string
	Description string
	// Optional: the user need not choose one.
	Optional bool
	// Username and Password label their fields.
	Username, Password Label
	// Validate is asked when somebody connects; Invalid refuses.
	Validate func(ctx *Context) error
	// Identifier is a name by which a person recognises the connection.
	Identifier func(ctx *Context) (string, error)
}

func (a BasicAuth) kind() authKind {
	return authKind{
		name: "BASIC_AUTH", head: authHead{a.Title, a.Description, a.Optional}, validate: a.Validate, identifier: a.Identifier,
		words: object{}.put("username", a.Username.describe("Username")).put("password", a.Password.describe("Password")),
	}
}

// CustomAuth is a connection by properties of your own.
type CustomAuth struct {
	Title       string
	Description string
	// Optional: the user need not choose one.
	Optional bool
	// Props is a struct whose fields are the properties (see Prop); a field of type Secret is never shown again.
	Props any
	// Validate is asked when somebody connects; Invalid refuses.
	Validate func(ctx *Context) error
	// Identifier is a name by which a person recognises the connection.
	Identifier func(ctx *Context) (string, error)
	// Refresh makes a short-lived token; the caller keeps it and asks again when it has expired.
	Refresh func(ctx *Context) (Token, error)
	// ExpiresIn is how long a token of Refresh serves if it does not say, in whole seconds.
	ExpiresIn time.Duration
}

// Token is a short-lived one.
type Token struct {
	AccessToken string `json:"access_token"`
	// ExpiresIn is in seconds; 0: as the connection's ExpiresIn.
	ExpiresIn int `json:"expires_in,omitempty"`
}

func (a CustomAuth) kind() authKind {
	props := a.Props
	if props == nil {
		props = struct{}{}
	}
	words := object{}
	if a.Refresh != nil {
		refresh := object{}
		if a.ExpiresIn > 0 {
			refresh = refresh.put("defaultExpiresIn", int64(a.ExpiresIn/time.Second))
		}
		words = words.put("refresh", refresh)
	}
	return authKind{
		name: "CUSTOM_AUTH", head: authHead{a.Title, a.Description, a.Optional}, validate: a.Validate, identifier: a.Identifier,
		words: words, props: props, refresh: a.Refresh,
	}
}

// OAuth2 is a connection by OAuth 2; its token is refreshed before the piece is called.
type OAuth2 struct {
	// Title is "Connection" unless said.
	Title       string
	Description string
	// Optional: the user need not choose one.
	Optional          bool
	AuthURL, TokenURL string
	Scope             []string
	// Prompt is none, consent, login or omit; empty leaves it to the platform.
	Prompt string
	PKCE   bool
	// PKCEMethod is plain or S256.
	PKCEMethod string
	// AuthorizationMethod is HEADER or BODY: where the client's secret is sent.
	AuthorizationMethod string
	// GrantType is authorization_code unless said, client_credentials, or both_client_credentials_and_authorization_code.
	GrantType string
	// Extra are further parameters of the authorization's URL.
	Extra map[string]string
	// Props is a struct whose fields are further properties; nil for none.
	Props any
	// Validate is asked when somebody connects; Invalid refuses.
	Validate func(ctx *Context) error
	// Identifier is a name by which a person recognises the connection.
	Identifier func(ctx *Context) (string, error)
}

func (a OAuth2) kind() authKind {
	words := object{}.put("authUrl", a.AuthURL).put("tokenUrl", a.TokenURL).put("scope", append([]string{}, a.Scope...)).
		putText("prompt", a.Prompt)
	if a.PKCE {
		words = words.put("pkce", true)
	}
	words = words.putText("pkceMethod", a.PKCEMethod).putText("authorizationMethod", a.AuthorizationMethod).
		putText("grantType", a.GrantType)
	if a.Extra != nil {
		words = words.put("extra", a.Extra)
	}
	return authKind{
		name: "OAUTH2", head: authHead{a.Title, a.Description, a.Optional}, validate: a.Validate, identifier: a.Identifier,
		words: words, props: a.Props,
	}
}

// OIDC is a connection by OpenID Connect: the caller identifies itself by a signed token.
type OIDC struct {
	// Title is "Connection" unless said.
	Title       string
	Description string
	// Optional: the user need not choose one.
	Optional bool
	// Props is a struct whose fields are properties; nil for none.
	Props any
	// Validate is asked when somebody connects; Invalid refuses.
	Validate func(ctx *Context) error
	// Identifier is a name by which a person recognises the connection.
	Identifier func(ctx *Context) (string, error)
}

func (a OIDC) kind() authKind {
	return authKind{
		name: "OIDC", head: authHead{a.Title, a.Description, a.Optional}, validate: a.Validate, identifier: a.Identifier,
		props: a.Props,
	}
}

// Connection is the value of the connection that the user chose.
type Connection struct {
	// Type is SECRET_TEXT, BASIC_AUTH, CUSTOM_AUTH, OIDC, OAUTH2, CLOUD_OAUTH2 or PLATFORM_OAUTH2; empty: there is none.
	Type string

	encoding Encoding
	raw      []byte
	parts    map[string][]byte
}

func connectionOf(in *callInput) Connection {
	c := Connection{encoding: in.encoding, raw: in.parts["auth"]}
	if c.raw == nil {
		return c
	}
	c.parts, _ = in.encoding.Fields(c.raw)
	c.Type = c.text("type")
	return c
}

func (c Connection) text(name string) string {
	var text string
	if raw, given := c.parts[name]; given {
		_ = c.encoding.Unmarshal(raw, &text)
	}
	return text
}

// Secret is the text of a SecretText.
func (c Connection) Secret() string { return c.text("secret_text") }

// Username is that of a BasicAuth.
func (c Connection) Username() string { return c.text("username") }

// Password is that of a BasicAuth.
func (c Connection) Password() string { return c.text("password") }

// AccessToken is that of an OAuth2.
func (c Connection) AccessToken() string { return c.text("access_token") }

// Props fills a struct, of the type that the connection was declared with, with its own properties.
func (c Connection) Props(into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return &Error{Code: "internal_error", Message: "Props fills a struct: hand it a pointer to one"}
	}
	var given map[string][]byte
	if raw, some := c.parts["props"]; some {
		given, _ = c.encoding.Fields(raw)
	}
	var violations []violation
	formOf(v.Elem().Type(), inAuth).read(c.encoding, given, "auth.props", v.Elem(), &violations)
	if len(violations) > 0 {
		return invalidInput(violations)
	}
	return nil
}

// Value decodes all that the caller sent: what a platform adds (data, token_url, scope) beside what is said above.
func (c Connection) Value(into any) error {
	if c.raw == nil {
		return nil
	}
	return c.encoding.Unmarshal(c.raw, into)
}

// authOf is the piece's connection that a value belongs to.
func authOf(c Connection) (authKind, error) {
	kind := c.Type
	if strings.HasSuffix(kind, "OAUTH2") {
		kind = "OAUTH2"
	}
	for _, auth := range defined.info.Auth {
		if one := auth.kind(); one.name == kind || kind == "" && len(defined.info.Auth) == 1 {
			return one, nil
		}
	}
	if kind == "" {
		kind = "unknown"
	}
	return authKind{}, &Error{Code: "invalid_input", Message: "auth.type: the piece has no connection of type " + kind}
}
