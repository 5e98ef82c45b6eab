using System.CommandLine;

namespace Curlew.Hub.CommandLine;

/// <summary>A command whose help ends with lines to copy.</summary>
internal sealed class CommandWithExamples(string name, string description, string examples) : Command(name, description)
{
    public string Examples => examples;
}
