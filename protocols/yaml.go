package protocols

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"almanac/protocols/civil"
)

// Document is a YAML file in the strict subset that Almanac reads: one document of mappings, lists and scalars, without
// anchors, aliases, tags, merge keys, directives or duplicate keys.
type Document struct {
	File string
	Root *Node

	lines []string
}

// NodeKind is the kind of a [Node].
type NodeKind int

// The kinds of nodes.
const (
	NodeScalar NodeKind = iota
	NodeMapping
	NodeList
	NodeNull // a key without a value, or null
)

// String names the kind as a sentence would.
func (k NodeKind) String() string {
	return [...]string{"a single value", "a mapping", "a list", "nothing"}[k]
}

// Node is a value in a [Document] with its place.
type Node struct {
	Kind         NodeKind
	Text         string // of a scalar, as it was written
	Quoted       bool   // the scalar stood in quotes or in a block, so it is a text whatever it looks like
	Line, Column int    // from 1
	Fields       []NodeField
	Items        []*Node

	refused   bool // outside the subset; a problem was told
	inherited bool // of the parent of the file
}

// NodeField is a key of a mapping with its value, in the order of the file.
type NodeField struct{ Key, Value *Node }

// maxDepth bounds how deeply values may nest; a protocol needs five levels.
const maxDepth = 32

// ReadYAML reads a file strictly. The error is of type [Problems] and names every place at which the file leaves the
// subset; of errors in the syntax itself only the first can be known. It never panics, whatever the bytes.
func ReadYAML(file string, src []byte) (*Document, error) {
	doc, problems := readDocument(file, src)
	problems = append(problems, doc.turned()...)
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	return doc, nil
}

// readDocument is ReadYAML for a caller who reads on: the document has a root, beside problems, unless the file could
// not be read at all. Nodes outside the subset are refused ones.
func readDocument(file string, src []byte) (doc *Document, problems Problems) {
	text, lines, problems := scan(file, src)
	doc = &Document{File: file, lines: lines}
	if len(problems) > 0 {
		return doc, problems
	}
	defer func() {
		if recover() != nil { // the YAML library met a text it cannot read
			doc.Root = nil
			problems = Problems{doc.problemAt(1, 1,
				"The file is not valid YAML; check its indentation, brackets and quotes.")}
		}
	}()
	tokens := lexer.Tokenize(string(text))
	if problem, ok := doc.tooMuch(tokens); ok {
		return doc, Problems{problem}
	}
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return doc, Problems{doc.syntaxProblem(err)}
	}
	c := &converter{doc: doc}
	for _, document := range parsed.Docs {
		switch {
		case document.Body == nil:
		case doc.Root != nil:
			c.refuse(document.Body.GetToken(),
				"The file has a second document; put each protocol into a file of its own.")
		default:
			doc.Root = c.node(document.Body, 0)
		}
	}
	if doc.Root == nil {
		return doc, Problems{doc.problemAt(1, 1,
			"The file is empty; begin with a line such as \"protocol: my-protocol\".")}
	}
	return doc, c.problems
}

// Problem is a problem at a node of the document. The message is a whole sentence.
func (doc *Document) Problem(at *Node, message string) Problem {
	return doc.problemAt(at.Line, at.Column, message)
}

func (doc *Document) problemAt(line, column int, message string) Problem {
	p := Problem{File: doc.File, Line: max(line, 1), Column: max(column, 1), Message: message}
	if p.Line <= len(doc.lines) {
		p.Excerpt = excerpt(doc.lines[p.Line-1])
	}
	return p
}

// tooMuch refuses what would keep the parser busy: its time grows with the square of some counts.
func (doc *Document) tooMuch(tokens token.Tokens) (Problem, bool) {
	const maxTokens, maxMarks = 16_000, 4
	count, marks := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.CommentType:
			continue
		case token.DocumentHeaderType, token.DocumentEndType:
			marks++
		}
		count++
		line, column := place(t)
		if marks > maxMarks {
			return doc.problemAt(line, column,
				"The file has several documents; put each protocol into a file of its own."), true
		}
		if count > maxTokens {
			return doc.problemAt(line, column,
					fmt.Sprintf("The file has more than %d values and marks; check that it is the right file.",
						maxTokens)),
				true
		}
	}
	return Problem{}, false
}

func (doc *Document) syntaxProblem(err error) Problem {
	line, column, reason := 1, 1, "it cannot be read"
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		reason = civil.Clip(syntax.Message)
		if syntax.Token != nil && syntax.Token.Position != nil {
			line, column = syntax.Token.Position.Line, syntax.Token.Position.Column
		}
	}
	return doc.problemAt(line, column,
		fmt.Sprintf("This is not valid YAML (%s); check the indentation, brackets and quotes here.", reason))
}

// converter turns the library's tree into nodes and collects what the subset does not allow.
type converter struct {
	doc      *Document
	problems Problems
}

func (c *converter) refuse(at *token.Token, message string) {
	if len(c.problems) < maxProblems {
		line, column := place(at)
		c.problems = append(c.problems, c.doc.problemAt(line, column, message))
	}
}

func place(at *token.Token) (line, column int) {
	if at == nil || at.Position == nil {
		return 1, 1
	}
	return at.Position.Line, at.Position.Column
}

func (c *converter) node(from ast.Node, depth int) *Node {
	if from == nil {
		return &Node{Kind: NodeNull, Line: 1, Column: 1}
	}
	n := &Node{}
	n.Line, n.Column = place(from.GetToken())
	if depth > maxDepth {
		c.refuse(from.GetToken(), fmt.Sprintf("Values nest more than %d levels deep here; write it flatter.", maxDepth))
		n.refused = true
		return n
	}
	switch from := from.(type) {
	case *ast.MappingNode:
		c.mapping(n, from.Values, depth)
	case *ast.MappingValueNode:
		c.mapping(n, []*ast.MappingValueNode{from}, depth)
	case *ast.SequenceNode:
		n.Kind = NodeList
		for _, value := range from.Values {
			n.Items = append(n.Items, c.node(value, depth+1))
		}
	case *ast.NullNode:
		n.Kind = NodeNull
	case *ast.StringNode:
		n.Text = from.Value
		n.Quoted = from.Token.Type == token.SingleQuoteType || from.Token.Type == token.DoubleQuoteType
	case *ast.LiteralNode:
		n.Text, n.Quoted = from.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		n.Text = from.GetToken().Value
	default:
		c.refuse(from.GetToken(), refusal(from))
		n.refused = true
	}
	return n
}

// refusal says what to write instead of a part of YAML that the subset leaves out.
func refusal(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return "Anchors (&name) and aliases (*name) are not read; write the value out, or put it in quotes if it is " +
			"a text."
	case *ast.TagNode:
		return "Tags (!name) are not read; write the plain value, or put it in quotes if it is a text."
	case *ast.MergeKeyNode:
		return "Merge keys (<<) are not read; write the keys out."
	case *ast.DirectiveNode:
		return "Directives (%) are not read; remove the line."
	default:
		return "This part of YAML is not read; write a plain value, a list or a mapping."
	}
}

func (c *converter) mapping(n *Node, values []*ast.MappingValueNode, depth int) {
	n.Kind = NodeMapping
	seen := make(map[string]int, len(values))
	for i, value := range values {
		key, ok := c.key(value.Key)
		if i == 0 {
			n.Line, n.Column = place(value.Key.GetToken())
		}
		if !ok {
			continue
		}
		if first, twice := seen[key.Text]; twice {
			c.refuse(value.Key.GetToken(),
				fmt.Sprintf("The key %q stands here a second time; the first is in line %d. Keep one.",
					civil.Clip(key.Text), first))
			continue
		}
		seen[key.Text] = key.Line
		child := c.node(value.Value, depth+1)
		if child.Kind == NodeNull {
			child.Line, child.Column = key.Line, key.Column
		}
		n.Fields = append(n.Fields, NodeField{Key: key, Value: child})
	}
}

func (c *converter) key(from ast.MapKeyNode) (*Node, bool) {
	if from.IsMergeKey() {
		c.refuse(from.GetToken(), "Merge keys (<<) are not read; write the keys out.")
		return nil, false
	}
	key := &Node{}
	key.Line, key.Column = place(from.GetToken())
	switch from := from.(type) {
	case *ast.StringNode:
		key.Text = from.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		key.Text = from.GetToken().Value
	default:
		c.refuse(from.GetToken(), "A key must be a plain word; write \"key: value\".")
		return nil, false
	}
	return key, true
}
