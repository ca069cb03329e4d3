package msgpack

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
)

// any decodes what an interface holds: int64 (uint64 beyond it), float64, string, []byte, []any, map[string]any.
func (d *decoder) any(depth int) (any, error) {
	t, err := d.next()
	if err != nil {
		return nil, err
	}
	switch t.kind {
	case aNil:
		return nil, nil
	case aBool:
		return t.bits == 1, nil
	case anInt:
		return int64(t.bits), nil
	case aUint:
		if t.bits > math.MaxInt64 {
			return t.bits, nil
		}
		return int64(t.bits), nil
	case aFloat:
		return math.Float64frombits(t.bits), nil
	case aText:
		return string(t.raw), nil
	case aBin:
		return bytes.Clone(t.raw), nil
	}
	if err := d.room(t, depth); err != nil {
		return nil, err
	}
	if t.kind == aList {
		list := make([]any, t.bits)
		for i := range list {
			if list[i], err = d.any(depth + 1); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return list, nil
	}
	object := make(map[string]any, t.bits)
	err = d.entries(t.bits, func(key string) error {
		value, err := d.any(depth + 1)
		object[key] = value
		return err
	})
	return object, err
}

var (
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// own: a type that reads itself from JSON reads itself from here, too.
func (d *decoder) own(v reflect.Value, depth int) (bool, error) {
	t := reflect.PointerTo(v.Type())
	if v.Kind() == reflect.Pointer || !t.Implements(unmarshalerType) && !t.Implements(textUnmarshalerType) {
		return false, nil
	}
	value, err := d.any(depth)
	if err != nil {
		return true, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return true, err
	}
	return true, json.Unmarshal(text, v.Addr().Interface())
}

func (d *decoder) value(v reflect.Value, depth int) error {
	if done, err := d.own(v, depth); done {
		return err
	}
	if v.Kind() == reflect.Interface && v.NumMethod() == 0 {
		value, err := d.any(depth)
		if err != nil {
			return err
		}
		if v.SetZero(); value != nil {
			v.Set(reflect.ValueOf(value))
		}
		return nil
	}
	if v.Kind() == reflect.Pointer {
		if d.at < len(d.data) && d.data[d.at] == codeNil {
			d.at++
			v.SetZero()
			return nil
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return d.value(v.Elem(), depth)
	}
	t, err := d.next()
	if err != nil || t.kind == aNil {
		return err
	}
	return d.into(v, t, depth)
}

func (d *decoder) into(v reflect.Value, t token, depth int) error {
	wrong := fmt.Errorf("%s does not fit %s", t.kind, v.Type())
	switch v.Kind() {
	case reflect.Bool:
		if t.kind != aBool {
			return wrong
		}
		v.SetBool(t.bits == 1)
	case reflect.String:
		if t.kind != aText {
			return wrong
		}
		v.SetString(string(t.raw))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, whole := t.int()
		if !whole || v.OverflowInt(i) {
			return wrong
		}
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		u, whole := t.uint()
		if !whole || v.OverflowUint(u) {
			return wrong
		}
		v.SetUint(u)
	case reflect.Float32, reflect.Float64:
		f, is := t.float()
		if !is {
			return wrong
		}
		v.SetFloat(f)
	case reflect.Slice, reflect.Array:
		return d.list(v, t, depth, wrong)
	case reflect.Map:
		return d.object(v, t, depth, wrong)
	case reflect.Struct:
		return d.fields(v, t, depth, wrong)
	default:
		return wrong
	}
	return nil
}

func (t token) int() (int64, bool) {
	switch t.kind {
	case anInt:
		return int64(t.bits), true
	case aUint:
		return int64(t.bits), t.bits <= math.MaxInt64
	case aFloat:
		f := math.Float64frombits(t.bits)
		return int64(f), f == math.Trunc(f) && math.Abs(f) <= maxExact
	}
	return 0, false
}

func (t token) uint() (uint64, bool) {
	if t.kind == aUint {
		return t.bits, true
	}
	i, whole := t.int()
	return uint64(i), whole && i >= 0
}

func (t token) float() (float64, bool) {
	switch t.kind {
	case anInt:
		return float64(int64(t.bits)), true
	case aUint:
		return float64(t.bits), true
	case aFloat:
		return math.Float64frombits(t.bits), true
	}
	return 0, false
}

func (d *decoder) list(v reflect.Value, t token, depth int, wrong error) error {
	if t.kind == aBin && v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(bytes.Clone(t.raw))
		return nil
	}
	if t.kind != aList {
		return wrong
	}
	if err := d.room(t, depth); err != nil {
		return err
	}
	n := int(t.bits)
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), n, n))
	}
	for i := range n {
		if i >= v.Len() {
			if err := d.skip(depth + 1); err != nil {
				return err
			}
		} else if err := d.value(v.Index(i), depth+1); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func (d *decoder) object(v reflect.Value, t token, depth int, wrong error) error {
	if t.kind != aMap || v.Type().Key().Kind() != reflect.String {
		return wrong
	}
	if err := d.room(t, depth); err != nil {
		return err
	}
	if v.IsNil() {
		v.Set(reflect.MakeMapWithSize(v.Type(), int(t.bits)))
	}
	return d.entries(t.bits, func(key string) error {
		value := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(value, depth+1); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
		return nil
	})
}

func (d *decoder) fields(v reflect.Value, t token, depth int, wrong error) error {
	if t.kind != aMap {
		return wrong
	}
	if err := d.room(t, depth); err != nil {
		return err
	}
	fields := fieldsOf(v.Type())
	return d.entries(t.bits, func(key string) error {
		for _, f := range fields {
			if f.name != key {
				continue
			}
			target, err := v.FieldByIndexErr(f.index)
			if err != nil {
				return err
			}
			return d.value(target, depth+1)
		}
		return d.skip(depth + 1)
	})
}
