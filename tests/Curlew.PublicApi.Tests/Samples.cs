namespace Curlew.PublicApi.Tests;

#pragma warning disable CS0067, CA1003, CA1028, CA1034, CA1052, CA1063, CA1816, CA2215, CA2225, MA0003, MA0062, MA0069, MA0102 // Declarations to be looked at, not to be used.
public static class Samples
{
    [Flags]
    public enum Kind : byte
    {
        One = 1,
        Two = 2,
    }

    public delegate Task<T> Maker<T>(string name);

    public static bool Try<T>(this T[]? items, ref readonly int at, out T? item)
        where T : class, IDisposable, new()
    {
        item = items?[at];
        return item is not null;
    }

    public static void Configure(
        Action<Kind, string?>? configure = null,
        Kind kind = Kind.Two,
        string text = "a",
        int? limit = 5,
        CancellationToken cancel = default,
        params int[] rest)
    {
    }

    internal static void Hidden()
    {
    }

    public readonly record struct Point(int X, int Y);

    public abstract class Base : IDisposable
    {
        public const int Limit = 3;

        public event EventHandler? Changed;

        public required int Size { get; init; }

        protected abstract string? Name { get; }

        public string this[int index]
        {
            get => $"{index}";
            protected set => _ = value;
        }

        public virtual void Dispose()
        {
        }

        private protected void HiddenToo()
        {
        }
    }

    public class Box<T> : Base
        where T : notnull
    {
        protected override string? Name => null;

        [Obsolete("Gone soon")]
        public List<T?> Get(T key) => [key];

        public sealed override void Dispose()
        {
        }
    }
}
