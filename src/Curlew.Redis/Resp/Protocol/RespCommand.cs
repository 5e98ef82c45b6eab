using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Curlew.Redis.Resp;

/// <summary>
/// A command with its arguments, encoded as it is built, in memory from a pool. The caller owns it and disposes of it when its call has ended, whichever
/// way; it may be sent again before. Not thread-safe.
/// </summary>
internal sealed class RespCommand : IDisposable
{
    private readonly RespScript? _script;
    private byte[] _arguments = ArrayPool<byte>.Shared.Rent(256);
    private int _length;
    private int _count;

    /// <summary>Begins a command.</summary>
    /// <param name="name">Its first word; the second word of a command that has two, as CLIENT SETNAME has, is an argument.</param>
    public RespCommand(ReadOnlySpan<byte> name) => Add(name);

    /// <summary>Begins a call of a script; its keys come next, then its arguments.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">How many keys follow.</param>
    public RespCommand(RespScript script, int keys)
    {
        _script = script;
        Add(keys);
    }

    /// <summary>The cluster slot of the keys; null without one.</summary>
    public int? Slot { get; internal set; }

    /// <summary>Whether a server may answer that it does not know the script.</summary>
    public bool IsScript => _script is not null;

    /// <summary>Adds an argument.</summary>
    public RespCommand Add(ReadOnlySpan<byte> argument)
    {
        argument.CopyTo(AddHeader(argument.Length));
        return End(argument.Length);
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte})"/>
    public RespCommand Add(string argument)
    {
        var length = Encoding.UTF8.GetByteCount(argument);
        Encoding.UTF8.GetBytes(argument, AddHeader(length));
        return End(length);
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte})"/>
    public RespCommand Add(long argument)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(argument, digits, out var length);
        return Add(digits[..length]);
    }

    /// <summary>Adds a key: in a cluster it decides which server gets the command.</summary>
    /// <exception cref="ArgumentException">In a cluster the key would lie in another slot than the keys before it, and no server could run the command.</exception>
    public RespCommand AddKey(string key)
    {
        var slot = HashSlot.Of(key);
        if (Slot is { } other && other != slot)
            throw new ArgumentException($"The key '{key}' does not share its cluster slot with the keys before it; give them a common {{hash tag}}.", nameof(key));
        Slot = slot;
        return Add(key);
    }

    /// <summary>Writes the command as RESP. A script goes by its SHA-1, or in full.</summary>
    internal void WriteTo(IBufferWriter<byte> output, bool scriptInFull = false)
    {
        ThrowIfDisposed();
        WriteHeader(output, (byte)'*', _script is null ? _count : _count + 2);
        if (_script is not null)
        {
            WriteString(output, scriptInFull ? "EVAL"u8 : "EVALSHA"u8);
            WriteString(output, scriptInFull ? _script.Source : _script.Sha1);
        }

        output.Write(_arguments.AsSpan(0, _length));
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_arguments.Length == 0, this);

    /// <summary>Gives the memory back. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_arguments.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_arguments);
        _arguments = [];
    }

    private static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        WriteHeader(output, (byte)'$', value.Length);
        output.Write(value);
        output.Write("\r\n"u8);
    }

    private static void WriteHeader(IBufferWriter<byte> output, byte type, int number)
    {
        var span = output.GetSpan(16);
        span[0] = type;
        Utf8Formatter.TryFormat(number, span[1..], out var digits);
        "\r\n"u8.CopyTo(span[(1 + digits)..]);
        output.Advance(1 + digits + 2);
    }

    /// <summary>Writes the length of an argument, and gives the room for its bytes.</summary>
    private Span<byte> AddHeader(int length)
    {
        ThrowIfDisposed();
        // "$", at most ten digits, and two line ends.
        var needed = checked(_length + length + 15);
        if (needed > _arguments.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(2L * _arguments.Length, Array.MaxLength)));
            _arguments.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_arguments);
            _arguments = larger;
        }

        var header = _arguments.AsSpan(_length);
        header[0] = (byte)'$';
        Utf8Formatter.TryFormat(length, header[1..], out var digits);
        "\r\n"u8.CopyTo(header[(1 + digits)..]);
        _length += 1 + digits + 2;
        return _arguments.AsSpan(_length, length);
    }

    private RespCommand End(int length)
    {
        _length += length;
        "\r\n"u8.CopyTo(_arguments.AsSpan(_length));
        _length += 2;
        _count++;
        return this;
    }
}
