using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Curlew;

/// <summary>
/// A topic with route values in it, such as <c>orders/{id}</c>. What a route value holds is literal: it cannot add a wildcard, and it cannot add a segment
/// unless the template says so, with <c>{*path}</c> or <c>{**path}</c> as its last part.
/// </summary>
internal sealed class TopicTemplate
{
    private readonly string _template;
    private readonly List<(string Text, Part Kind)> _parts = [];

    private TopicTemplate(string template) => _template = template;

    private enum Part
    {
        Literal,
        Value,
        Path,
    }

    /// <exception cref="ArgumentException">The template cannot give a topic; the message says why.</exception>
    public static TopicTemplate Parse(string template)
    {
        var result = new TopicTemplate(template);
        var sample = new StringBuilder();
        for (var at = 0; at < template.Length;)
        {
            var open = template.IndexOf('{', at);
            var literal = open < 0 ? template[at..] : template[at..open];
            if (literal.Contains('}', StringComparison.Ordinal))
                throw Fault(template, "it has a '}' without a '{'");
            if (literal.Length > 0)
                result._parts.Add((literal, Part.Literal));
            sample.Append(literal);
            if (open < 0)
                break;
            var close = template.IndexOf('}', open);
            if (close < 0)
                throw Fault(template, "it has a '{' without a '}'");
            var name = template[(open + 1)..close].TrimStart('*');
            var isPath = template[open + 1] == '*';
            if (isPath && close != template.Length - 1)
                throw Fault(template, $"'{{*{name}}}' must be its last part");
            result._parts.Add((name, isPath ? Part.Path : Part.Value));
            sample.Append('x');
            at = close + 1;
        }

        return Topic.FindFault(sample.ToString()) is { } fault ? throw Fault(template, fault) : result;
    }

    /// <exception cref="ArgumentException">The route lacks a parameter.</exception>
    public void Check(RoutePattern route)
    {
        foreach (var (part, kind) in _parts)
        {
            if (kind != Part.Literal && route.GetParameter(part) is null)
                throw Fault(_template, $"the route '{route.RawText}' has no parameter '{part}'");
        }
    }

    /// <summary>The topic for a request.</summary>
    /// <param name="values">Its route values.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="parameter">Where there is none: the route parameter at fault.</param>
    /// <param name="fault">Where there is none: what is wrong.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryBuild(RouteValueDictionary values, out string topic, out string parameter, out string fault)
    {
        var text = new StringBuilder();
        topic = parameter = fault = "";
        foreach (var (part, kind) in _parts)
        {
            if (kind == Part.Literal)
            {
                text.Append(part);
                continue;
            }

            parameter = part;
            var value = Convert.ToString(values[part], CultureInfo.InvariantCulture) ?? "";
            if (value.Length == 0)
                fault = "it cannot be empty";
            // Routing leaves an escaped slash of a path as it is, so that it cannot be taken for a separator; here neither is let through.
            else if (kind == Part.Value && (value.Contains('/', StringComparison.Ordinal) || value.Contains("%2F", StringComparison.OrdinalIgnoreCase)))
                fault = "it cannot hold '/'";
            if (fault.Length > 0)
                return false;
            text.Append(value);
        }

        topic = text.ToString();
        fault = Topic.FindFault(topic) ?? "";
        return fault.Length == 0;
    }

    private static ArgumentException Fault(string template, string fault) => new($"'{template}' is not a template of a topic: {fault}.", nameof(template));
}
