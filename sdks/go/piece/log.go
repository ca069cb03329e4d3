package piece

import (
	"context"
	"log/slog"
	"strconv"
	"strings"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// log/slog and log write to the call's log.
func init() { slog.SetDefault(slog.New(&logHandler{})) }

type logHandler struct{ attrs, group string }

// Enabled: the host counts what it keeps.
func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle writes a record as a line: its message, then key=value for each attribute.
func (h *logHandler) Handle(_ context.Context, record slog.Record) error {
	var line strings.Builder
	line.WriteString(record.Message)
	line.WriteString(h.attrs)
	record.Attrs(func(attr slog.Attr) bool {
		writeAttr(&line, h.group, attr)
		return true
	})
	abi.Log(levelOf(record.Level), line.String())
	return nil
}

func levelOf(level slog.Level) abi.Level {
	switch {
	case level < slog.LevelDebug:
		return abi.Trace
	case level < slog.LevelInfo:
		return abi.Debug
	case level < slog.LevelWarn:
		return abi.Info
	case level < slog.LevelError:
		return abi.Warn
	}
	return abi.Error
}

func writeAttr(line *strings.Builder, group string, attr slog.Attr) {
	value := attr.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if attr.Key != "" {
			group += attr.Key + "."
		}
		for _, one := range value.Group() {
			writeAttr(line, group, one)
		}
		return
	}
	if attr.Equal(slog.Attr{}) {
		return
	}
	text := value.String()
	if text == "" || strings.ContainsAny(text, " \"=\n\t\r") {
		text = strconv.Quote(text)
	}
	line.WriteString(" " + group + attr.Key + "=" + text)
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var line strings.Builder
	line.WriteString(h.attrs)
	for _, attr := range attrs {
		writeAttr(&line, h.group, attr)
	}
	return &logHandler{line.String(), h.group}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &logHandler{h.attrs, h.group + name + "."}
}
