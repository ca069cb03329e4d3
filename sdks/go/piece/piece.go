// Package piece is what a piece is written with: a small integration of actions and triggers that runs as a WebAssembly
// component. The program's main defines it; ap-wasm builds, tests and runs it.
//
//	func main() {
//		piece.Define(piece.Info{Title: "Weather"})
//		piece.Action("forecast", piece.Spec{Title: "Forecast"}, forecast)
//	}
package piece

import "github.com/ap-wasm/piece-go/internal/abi"

// Version is that of this SDK.
const Version = "0.1.0"

// Category is a shelf of the catalogue.
type Category string

// The shelves of the catalogue.
const (
	ArtificialIntelligence Category = "ARTIFICIAL_INTELLIGENCE"
	Communication          Category = "COMMUNICATION"
	Commerce               Category = "COMMERCE"
	Core                   Category = "CORE"
	UniversalAI            Category = "UNIVERSAL_AI"
	FlowControl            Category = "FLOW_CONTROL"
	BusinessIntelligence   Category = "BUSINESS_INTELLIGENCE"
	Accounting             Category = "ACCOUNTING"
	Productivity           Category = "PRODUCTIVITY"
	ContentAndFiles        Category = "CONTENT_AND_FILES"
	DeveloperTools         Category = "DEVELOPER_TOOLS"
	CustomerSupport        Category = "CUSTOMER_SUPPORT"
	FormsAndSurveys        Category = "FORMS_AND_SURVEYS"
	HumanResources         Category = "HUMAN_RESOURCES"
	PaymentProcessing      Category = "PAYMENT_PROCESSING"
	Marketing              Category = "MARKETING"
	SalesAndCRM            Category = "SALES_AND_CRM"
)

// Info is the piece as a whole. Its name and version stand in piece.json alone.
type Info struct {
	Title       string
	Description string
	// LogoURL shows a picture in place of icon.png.
	LogoURL    string
	Authors    []string
	Categories []Category
	// Auth lists the connections that the piece accepts, each type once; none: it needs no connection.
	Auth []Auth
	// Events says what one call of an app's URL means; for AppWebhook triggers.
	Events *Events
	// Encoding is that of payloads: JSON unless said; msgpack.Encoding where bytes or exact integers matter.
	Encoding Encoding
}

// Events says what one call of the app's URL means, for triggers of the kind AppWebhook.
type Events struct {
	// Parse says which event it is and whose, or what to answer to a handshake.
	Parse func(ctx *Context, payload Payload) (Event, error)
	// Verify says whether the app really sent it.
	Verify func(ctx *Context, payload Payload, secret string) (bool, error)
}

// Event is one that an app told.
type Event struct {
	// Name is one of those that a trigger listens to.
	Name string
	// Identifier says whose it is: the account or team for which a trigger listens.
	Identifier string
	// Reply, if set, is the answer to the app, and there is no event.
	Reply *Response
}

// definition is the piece of this program.
type definition struct {
	info     Info
	defined  bool
	actions  []*callable
	triggers []*callable
	problems []string
}

var defined definition

func (d *definition) problem(where, what string) { d.problems = append(d.problems, where+": "+what) }

func (d *definition) encoding() Encoding {
	if d.info.Encoding == nil {
		return JSON
	}
	return d.info.Encoding
}

func (d *definition) hasAuth() bool { return len(d.info.Auth) > 0 }

// Define says what the piece is; call it once, in main.
func Define(info Info) {
	if defined.defined {
		defined.problem("piece", "Define is called twice")
	}
	defined.defined = true
	defined.info = info
	seen := map[string]bool{}
	for _, auth := range info.Auth {
		kind := auth.kind()
		if seen[kind.name] {
			defined.problem("Auth", "there are two connections of type "+kind.name+"; each type may stand once")
		}
		seen[kind.name] = true
		kind.checkProps()
	}
}

func init() {
	abi.Handler.Start = start
	abi.Handler.Describe = handleDescribe
	abi.Handler.Init = func([]byte) *abi.Failure { return nil }
	abi.Handler.Action = handleAction
	abi.Handler.Trigger = handleTrigger
	abi.Handler.Resolve = handleResolve
	abi.Handler.Marshal = func(value any) ([]byte, error) { return defined.encoding().Marshal(value) }
	abi.Handler.Unmarshal = func(data []byte, into any) error { return defined.encoding().Unmarshal(data, into) }
}
