namespace Curlew.Testing.Tests;

public sealed class EventuallyTests
{
    [Fact]
    public async Task UntilAsync_ReturnsWhenTheConditionHolds()
    {
        var looks = 0;

        await Eventually.UntilAsync(() => ++looks == 3);

        looks.ShouldBe(3);
    }

    [Fact]
    public async Task UntilAsync_PastTheDeadline_SaysWhatWasWaitedFor()
    {
        var failure = await Should.ThrowAsync<TimeoutException>(
            Eventually.UntilAsync(() => false, TimeSpan.FromMilliseconds(30), "nothing comes"));

        failure.Message.ShouldBe("Not true within 0.03 s (nothing comes): () => false");
    }

    [Fact]
    public async Task UntilAsync_ConditionThatHangs_EndsAtTheDeadline()
    {
        var never = new TaskCompletionSource<bool>();

        await Should.ThrowAsync<TimeoutException>(Eventually.UntilAsync(() => never.Task, TimeSpan.FromMilliseconds(30)));
    }

    [Fact]
    public async Task UntilAsync_ConditionThatThrows_FailsAtOnce()
    {
        await Should.ThrowAsync<InvalidDataException>(Eventually.UntilAsync(bool () => throw new InvalidDataException()));
    }
}
