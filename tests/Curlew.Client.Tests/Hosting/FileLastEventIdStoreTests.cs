namespace Curlew.Client.Tests;

public sealed class FileLastEventIdStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("curlew-client-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Id_IsKeptForEachSource()
    {
        var path = Path.Combine(_directory, "deep", "er");
        var store = new FileLastEventIdStore(path);
        (await store.LoadAsync("a", Deadline.Token)).ShouldBeNull();

        await store.SaveAsync("a", "1", Deadline.Token);
        await store.SaveAsync("a", "1767225600000-0\u2026", Deadline.Token);
        await store.SaveAsync("../b/c", "2", Deadline.Token);

        var later = new FileLastEventIdStore(path);
        (await later.LoadAsync("a", Deadline.Token)).ShouldBe("1767225600000-0\u2026");
        (await later.LoadAsync("../b/c", Deadline.Token)).ShouldBe("2");
        Directory.GetFiles(path).Length.ShouldBe(2);
    }

    [Fact]
    public async Task EmptyId_IsNone()
    {
        var store = new FileLastEventIdStore(_directory);
        await store.SaveAsync("a", "1", Deadline.Token);
        await store.SaveAsync("a", "", Deadline.Token);
        await store.SaveAsync("b", "", Deadline.Token);

        (await store.LoadAsync("a", Deadline.Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Save_ThatWasInterrupted_LeavesTheOldId()
    {
        var store = new FileLastEventIdStore(_directory);
        await store.SaveAsync("a", "1", Deadline.Token);
        await File.WriteAllTextAsync(Path.Combine(_directory, "a.id.next"), "half of a very long id", Deadline.Token);

        (await store.LoadAsync("a", Deadline.Token)).ShouldBe("1");
        await store.SaveAsync("a", "2", Deadline.Token);
        (await store.LoadAsync("a", Deadline.Token)).ShouldBe("2");
    }

    [Fact]
    public async Task EmptyFile_IsAnError_BecauseEventsWouldBeLost()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "a.id"), "", Deadline.Token);

        await Should.ThrowAsync<InvalidDataException>(() => new FileLastEventIdStore(_directory).LoadAsync("a", Deadline.Token).AsTask());
    }
}
