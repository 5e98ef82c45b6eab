using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Curlew.Bench.Fanout.Linux;

/// <summary>
/// epoll, level-triggered, and <c>recv</c> on the sockets it watches: what a reader of thousands of sockets costs least with. Sockets may be added from
/// any thread; <see cref="Wait"/> belongs to one.
/// </summary>
internal sealed unsafe partial class Poll : IDisposable
{
    private const int AddOperation = 1;
    private const uint Readable = 1;
    private const int NoWait = 0x40;
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const int MostEvents = 512;

    // The kernel packs the structure on x64 only.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - 8;

    private readonly int _handle;
    private readonly byte[] _events = GC.AllocateArray<byte>(MostEvents * EventSize, pinned: true);

    public Poll()
    {
        _handle = Create(0);
        if (_handle < 0)
            throw new Win32Exception();
    }

    /// <summary>Watches a socket. <paramref name="key"/> comes back from <see cref="Wait"/> when it can be read.</summary>
    public void Add(int socket, int key)
    {
        var data = stackalloc byte[16];
        *(uint*)data = Readable;
        *(long*)(data + DataOffset) = key;
        if (Control(_handle, AddOperation, socket, data) != 0)
            throw new Win32Exception();
    }

    /// <summary>Waits for sockets that can be read; their number, whose keys <see cref="Key"/> gives.</summary>
    public int Wait(TimeSpan timeout)
    {
        fixed (byte* events = _events)
        {
            var count = WaitNative(_handle, events, MostEvents, (int)timeout.TotalMilliseconds);
            if (count >= 0)
                return count;
        }

        return Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw new Win32Exception();
    }

    /// <summary>The key of one of the sockets that the last <see cref="Wait"/> found.</summary>
    public int Key(int index) => (int)MemoryMarshal.Read<long>(_events.AsSpan((index * EventSize) + DataOffset));

    /// <summary>Reads what is there: the number of bytes, 0 at the end of the stream, -1 when there is nothing, -2 when the connection is broken.</summary>
    public static int Receive(int socket, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            var count = (int)ReceiveNative(socket, bytes, (nuint)buffer.Length, NoWait);
            if (count >= 0)
                return count;
        }

        return Marshal.GetLastPInvokeError() is WouldBlock or Interrupted ? -1 : -2;
    }

    public void Dispose() => _ = Close(_handle);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int poll, int operation, int socket, byte* data);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int WaitNative(int poll, byte* events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReceiveNative(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);
}
