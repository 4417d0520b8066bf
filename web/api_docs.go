package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
)

// apiIntroduction is the introduction of the API description. Blank lines separate paragraphs.
const apiIntroduction = `Everything the front desk can do with cohorts, sessions and enrollments, for programs.

Send an API token as Authorization: Bearer TOKEN. It belongs to one clinic and has one or more of
the scopes read, write, enroll, attendance, staff, audit and export. Another clinic's data and data that does
not exist both return 404.

Bodies are JSON in UTF-8, at most 1 MiB. Unknown fields are rejected. Instants are RFC 3339 in UTC.
local_start and similar fields are wall time in the zone given beside them. Names and addresses can
be sent but are returned only by what says so, such as exports.

A request with an Idempotency-Key takes effect once: if no response arrives, send it again with the
same key. Responses to reads carry an ETag. With If-Match, a change takes effect only if nothing has
changed since. Lists are paged, and the Link header gives the next page.

Too many requests get 429 with Retry-After. Errors are problem documents (RFC 9457) whose detail
says what to do.`

// apiDocsPage is the description for people. It is our own because huma's page loads a third-party
// script.
type apiDocsPage struct {
	Page
	Introduction []string
	Groups       []docGroup
	Schemas      []docSchema
}

type docGroup struct {
	Name       string
	Operations []docOperation
}

type docOperation struct {
	ID, Method, Path, Summary string
	Description               []string
	Fields                    []docField // of path, query and header
	Body                      docType
	Answers                   []docAnswer
}

// docField is a parameter or a property.
type docField struct {
	Name, Place string // Place: path, query or header; empty for a property
	Required    bool
	Type        docType
	Note        string
}

// docType is the name of a type, with the schema to link to.
type docType struct{ Words, Schema string }

type docAnswer struct {
	Status, Note string
	Type         docType
}

type docSchema struct {
	Name   string
	Fields []docField
}

// finishDescription removes huma's unused error schemas and builds the page of the description.
func (s *Server) finishDescription() {
	api := s.api.OpenAPI()
	known := api.Components.Schemas.Map()
	delete(known, "ErrorModel")
	delete(known, "ErrorDetail")
	s.apiPage = s.docsPage(api)
}

// apiDescription returns the OpenAPI document.
func (s *Server) apiDescription(c echo.Context, _ visitor) error {
	written, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return fmt.Errorf("writing the OpenAPI document: %w", err)
	}
	return c.Blob(http.StatusOK, "application/openapi+json", written)
}

// apiDocs returns the description as a page.
func (s *Server) apiDocs(c echo.Context, _ visitor) error {
	return s.render(c, http.StatusOK, s.apiPage)
}

func (s *Server) docsPage(api *huma.OpenAPI) *apiDocsPage {
	v := &apiDocsPage{Page: s.basePage("API"), Introduction: strings.Split(api.Info.Description, "\n\n")}
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		item := api.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				v.add(docsOf(op))
			}
		}
	}
	schemas := api.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		v.Schemas = append(v.Schemas, docSchema{Name: name, Fields: docProperties(schemas[name])})
	}
	return v
}

// add appends an operation to the group of its tag.
func (v *apiDocsPage) add(tag string, op docOperation) {
	i := slices.IndexFunc(v.Groups, func(g docGroup) bool { return g.Name == tag })
	if i < 0 {
		i, v.Groups = len(v.Groups), append(v.Groups, docGroup{Name: tag})
	}
	v.Groups[i].Operations = append(v.Groups[i].Operations, op)
}

func docsOf(op *huma.Operation) (tag string, d docOperation) {
	d = docOperation{
		ID: op.OperationID, Method: op.Method, Path: apiPrefix + op.Path, Summary: op.Summary,
		Description: strings.Split(op.Description, "\n\n"),
	}
	for _, p := range op.Parameters {
		d.Fields = append(d.Fields,
			docField{Name: p.Name, Place: p.In, Required: p.Required, Type: docTypeOf(p.Schema),
				Note: noteOf(p.Description, p.Schema)})
	}
	if op.RequestBody != nil {
		d.Body = docTypeOf(contentOf(op.RequestBody.Content))
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		response := op.Responses[status]
		if status == "default" {
			status = "else"
		}
		d.Answers = append(d.Answers,
			docAnswer{Status: status, Note: response.Description, Type: docTypeOf(contentOf(response.Content))})
	}
	return op.Tags[0], d
}

// contentOf returns the schema of the only media type.
func contentOf(content map[string]*huma.MediaType) *huma.Schema {
	for _, media := range content {
		return media.Schema
	}
	return nil
}

func docProperties(schema *huma.Schema) []docField {
	var fields []docField
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name]
		fields = append(fields, docField{
			Name: name, Required: slices.Contains(schema.Required, name), Type: docTypeOf(property),
			Note: noteOf(property.Description, property),
		})
	}
	return fields
}

// docTypeOf describes a type in a few words.
func docTypeOf(schema *huma.Schema) docType {
	switch {
	case schema == nil:
		return docType{}
	case schema.Ref != "":
		name := schema.Ref[strings.LastIndexByte(schema.Ref, '/')+1:]
		return docType{Words: name, Schema: name}
	case schema.Type == huma.TypeArray:
		of := docTypeOf(schema.Items)
		return docType{Words: "list of " + of.Words, Schema: of.Schema}
	}
	words := schema.Type
	if schema.Format != "" && schema.Format != "int64" {
		words = schema.Format
	}
	if schema.Nullable {
		words += " or null"
	}
	return docType{Words: words}
}

// noteOf joins the description of a value with its allowed values, range and default.
func noteOf(description string, schema *huma.Schema) string {
	values := schema.Enum
	if schema.Items != nil && len(values) == 0 {
		values = schema.Items.Enum
	}
	var notes []string
	if len(values) > 0 {
		words := make([]string, len(values))
		for i, v := range values {
			words[i] = fmt.Sprint(v)
		}
		notes = append(notes, "One of "+strings.Join(words, ", ")+".")
	}
	if description != "" {
		notes = append(notes, description)
	}
	if schema.Minimum != nil && schema.Maximum != nil {
		notes = append(notes, fmt.Sprintf("From %g to %g.", *schema.Minimum, *schema.Maximum))
	}
	if schema.Default != nil {
		notes = append(notes, fmt.Sprint("Default: ", schema.Default, "."))
	}
	return strings.Join(notes, " ")
}
