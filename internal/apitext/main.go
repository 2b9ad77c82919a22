// Command apitext prints the exported API of packages, one identifier a line, sorted:
//
//	go run ./internal/apitext PACKAGE...
//
// Parameter names are left out, since renaming one breaks no caller.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/constant"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	lines, err := apiOf(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "apitext:", err)
		os.Exit(1)
	}
	for _, line := range lines {
		fmt.Println(line)
	}
}

func apiOf(paths []string) ([]string, error) {
	exports, err := compile(paths)
	if err != nil {
		return nil, err
	}
	compiled := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	var lines []string
	for _, path := range paths {
		pkg, err := compiled.Import(path)
		if err != nil {
			return nil, err
		}
		p := printer{pkg: pkg}
		scope := pkg.Scope()
		for _, name := range scope.Names() {
			if token.IsExported(name) {
				p.object(scope.Lookup(name))
			}
		}
		slices.Sort(p.lines)
		lines = append(lines, p.lines...)
	}
	return lines, nil
}

// compile returns the file of export data for each package that paths import, and for paths themselves.
func compile(paths []string) (map[string]string, error) {
	out, err := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Export"}, paths...)...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("go list: %s", exit.Stderr)
	} else if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var listed struct{ ImportPath, Export string }
		if err := decoder.Decode(&listed); err != nil {
			return nil, err
		}
		exports[listed.ImportPath] = listed.Export
	}
	return exports, nil
}

type printer struct {
	pkg   *types.Package
	lines []string
}

func (p *printer) printf(format string, args ...any) {
	name := strings.TrimPrefix(p.pkg.Path(), "github.com/warehousekit/warehousekit/")
	p.lines = append(p.lines, name+": "+fmt.Sprintf(format, args...))
}

func (p *printer) object(object types.Object) {
	switch object := object.(type) {
	case *types.Const:
		value := object.Val().ExactString()
		if object.Val().Kind() == constant.String {
			value = fmt.Sprintf("%q", constant.StringVal(object.Val()))
		}
		p.printf("const %s %s = %s", object.Name(), p.typ(object.Type()), value)
	case *types.Var:
		p.printf("var %s %s", object.Name(), p.typ(object.Type()))
	case *types.Func:
		p.printf("func %s%s", object.Name(), strings.TrimPrefix(p.typ(object.Type()), "func"))
	case *types.TypeName:
		p.typeName(object)
	}
}

func (p *printer) typeName(object *types.TypeName) {
	name := object.Name()
	if alias, ok := object.Type().(*types.Alias); ok {
		p.printf("type %s = %s", name, p.typ(alias.Rhs()))
		return
	}
	switch underlying := object.Type().Underlying().(type) {
	case *types.Struct:
		p.printf("type %s struct", name)
		for field := range underlying.Fields() {
			switch {
			case field.Embedded():
				p.printf("type %s struct, embeds %s", name, p.typ(field.Type()))
			case field.Exported():
				p.printf("type %s struct, %s %s", name, field.Name(), p.typ(field.Type()))
			}
		}
	case *types.Interface:
		// Its methods follow. One that is not exported keeps others from implementing it.
		p.printf("type %s interface", name)
		for method := range underlying.Methods() {
			if !method.Exported() {
				p.printf("type %s interface, unexported methods", name)
				break
			}
		}
	default:
		p.printf("type %s %s", name, p.typ(underlying))
	}
	p.methods(object)
}

// methods prints the methods of a type and of a pointer to it, promoted ones included.
func (p *printer) methods(object *types.TypeName) {
	byValue := types.NewMethodSet(object.Type())
	all := byValue
	if !types.IsInterface(object.Type()) {
		all = types.NewMethodSet(types.NewPointer(object.Type()))
	}
	for selection := range all.Methods() {
		method := selection.Obj()
		if !method.Exported() {
			continue
		}
		receiver := object.Name()
		if byValue.Lookup(p.pkg, method.Name()) == nil {
			receiver = "*" + receiver
		}
		p.printf("method (%s) %s%s", receiver, method.Name(), strings.TrimPrefix(p.typ(method.Type()), "func"))
	}
}

// typ returns the text of a type. A function's has no parameter names.
func (p *printer) typ(t types.Type) string {
	signature, ok := t.(*types.Signature)
	if !ok {
		return types.TypeString(t, p.qualifier)
	}
	var constraints []string
	for param := range signature.TypeParams().TypeParams() {
		constraints = append(constraints, param.Obj().Name()+" "+types.TypeString(param.Constraint(), p.qualifier))
	}
	plain := types.NewSignatureType(nil, nil, nil, unnamed(signature.Params()), unnamed(signature.Results()), signature.Variadic())
	text := types.TypeString(plain, p.qualifier)
	if len(constraints) > 0 {
		text = strings.Replace(text, "func", "func["+strings.Join(constraints, ", ")+"]", 1)
	}
	return text
}

func (p *printer) qualifier(other *types.Package) string {
	if other == p.pkg {
		return ""
	}
	return other.Name()
}

func unnamed(tuple *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range tuple.Variables() {
		vars = append(vars, types.NewParam(token.NoPos, nil, "", v.Type()))
	}
	return types.NewTuple(vars...)
}
