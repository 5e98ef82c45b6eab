using System.Text;

namespace Curlew.Client;

/// <summary>
/// Keeps each id in a file of its own, <c>&lt;source&gt;.id</c>. A save replaces the file as a whole, after its bytes have reached the disk: whenever
/// the machine stops, the file holds the old id or the new one.
/// </summary>
/// <param name="directory">Where the files are; made at the first save if it is missing.</param>
public sealed class FileLastEventIdStore(string directory) : ILastEventIdStore
{
    private readonly string _directory = Path.GetFullPath(directory);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file is empty: it was not written by this type.</exception>
    public async ValueTask<string?> LoadAsync(string source, CancellationToken cancel)
    {
        var path = PathOf(source);
        if (!File.Exists(path))
            return null;
        var id = await File.ReadAllTextAsync(path, cancel).ConfigureAwait(false);
        return id.Length > 0 ? id : throw new InvalidDataException($"{path} is empty.");
    }

    /// <inheritdoc/>
    public async ValueTask SaveAsync(string source, string lastEventId, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(lastEventId);
        var path = PathOf(source);
        if (lastEventId.Length == 0)
        {
            File.Delete(path);
            return;
        }

        Directory.CreateDirectory(_directory);
        var next = path + ".next";
        var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            await file.WriteAsync(Encoding.UTF8.GetBytes(lastEventId), cancel).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private string PathOf(string source) => Path.Combine(_directory, Uri.EscapeDataString(source) + ".id");
}
