using Microsoft.Win32.SafeHandles;

namespace SecurityDashboard.Ingest;

/// <summary>
/// Reads what is appended to a file, as <c>tail -F</c> does: the file may not be there yet, may be cut to nothing, and may be moved away and made anew
/// (what was written before that is read to its end). Not thread-safe.
/// </summary>
/// <remarks>That a file is another one is seen by its first kilobyte, which in a log holds times; .NET does not tell a file's number.</remarks>
/// <param name="path">The file.</param>
/// <param name="fromStart">Whether what is in it already is read. A file that appears later is always read from its start.</param>
internal sealed class FileTail(string path, bool fromStart) : IDisposable
{
    private const int ChunkBytes = 64 * 1024;
    private const int HeadBytes = 1024;

    private readonly byte[] _chunk = new byte[ChunkBytes];
    private SafeFileHandle? _file;
    private long _position;
    private bool _isFirstLook = true;

    /// <summary>Reads what is new, at most one chunk, and completes its lines.</summary>
    /// <returns>Whether there may be more.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public bool Read(LineAssembler lines)
    {
        var isFirstLook = _isFirstLook;
        _isFirstLook = false;
        if (_file is null && !Open(atEnd: isFirstLook && !fromStart))
            return false;

        var length = RandomAccess.GetLength(_file!);
        if (length < _position)
        {
            // Cut in place, as logrotate's copytruncate does. The line that was begun is gone with the rest.
            lines.EndLine();
            _position = 0;
        }

        var read = RandomAccess.Read(_file!, _chunk, _position);
        lines.Append(_chunk.AsSpan(0, read));
        _position += read;
        if (read > 0)
            return true;
        if (!IsReplaced(length))
            return false;
        lines.EndLine();
        Close();
        return Open(atEnd: false);
    }

    public void Dispose() => Close();

    private bool Open(bool atEnd)
    {
        try
        {
            _file = OpenFile();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }

        _position = atEnd ? RandomAccess.GetLength(_file) : 0;
        return true;
    }

    // An empty file is opened anew each time: nothing in it tells whether it is still the one at this path.
    private bool IsReplaced(long length)
    {
        try
        {
            using var current = OpenFile();
            if (length == 0)
                return RandomAccess.GetLength(current) > 0;
            // The same file can only have grown since its length was asked for.
            return RandomAccess.GetLength(current) < length || !HeadOf(current, length).AsSpan().SequenceEqual(HeadOf(_file!, length));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Moved away, and the new one is not there yet.
            return false;
        }
    }

    private static byte[] HeadOf(SafeFileHandle file, long length)
    {
        var head = new byte[Math.Min(HeadBytes, length)];
        var read = RandomAccess.Read(file, head, 0);
        return head[..read];
    }

    private SafeFileHandle OpenFile() => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private void Close()
    {
        _file?.Dispose();
        _file = null;
        _position = 0;
    }
}
