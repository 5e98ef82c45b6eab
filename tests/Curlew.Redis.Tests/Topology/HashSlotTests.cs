namespace Curlew.Redis.Tests.Topology;

public sealed class HashSlotTests
{
    // 12739 is the check value of the specification, 0x31C3; the others are what CLUSTER KEYSLOT answers.
    [Theory]
    [InlineData("123456789", 12739)]
    [InlineData("foo", 12182)]
    [InlineData("{user1000}.following", 3443)]
    [InlineData("{user1000}.followers", 3443)]
    [InlineData("foo{}{bar}", 8363)]
    [InlineData("foo{{bar}}zap", 4015)]
    [InlineData("foo{bar}{zap}", 5061)]
    [InlineData("", 0)]
    public void Of_AKey_IsItsSlot(string key, int slot) => HashSlot.Of(key).ShouldBe(slot);
}
