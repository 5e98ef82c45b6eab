using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SecurityDashboard.Configuration;

/// <summary>A YAML file that is being read. Faults are collected rather than thrown, so that whoever wrote the file learns of all of them at once.</summary>
internal sealed class YamlDocument(string name)
{
    private readonly List<(long Line, string Text)> _faults = [];

    /// <summary>Reads a file whose top is a mapping.</summary>
    /// <param name="name">What messages call the file.</param>
    /// <param name="text">Its content.</param>
    /// <param name="read">Reads the mapping.</param>
    /// <exception cref="SettingsException">The file has faults.</exception>
    public static T Read<T>(string name, string text, Func<YamlMapping, T> read)
    {
        var document = new YamlDocument(name);
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            document.Fault(e.Start.Line, e.Message);
            throw document.Failure();
        }

        var root = stream.Documents.Count == 1 ? stream.Documents[0].RootNode : null;
        if (root is not YamlMappingNode mapping)
        {
            document.Fault(1, "the file must hold one mapping");
            throw document.Failure();
        }

        var top = new YamlMapping(document, mapping);
        var result = read(top);
        top.RefuseOthers();
        return document._faults.Count == 0 ? result : throw document.Failure();
    }

    public void Fault(YamlNode node, string text) => Fault(node.Start.Line, text);

    private void Fault(long line, string text) => _faults.Add((line, text));

    private SettingsException Failure() =>
        new([.. _faults.OrderBy(static fault => fault.Line).Select(fault => $"{name}, line {fault.Line}: {fault.Text}")]);
}
