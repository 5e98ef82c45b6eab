namespace Curlew;

/// <summary>What a reader does after it has written what a read gave it.</summary>
internal enum ReadStatus
{
    /// <summary>There is nothing more for now: wait to be woken.</summary>
    Idle,

    /// <summary>Read on.</summary>
    More,

    /// <summary>The cursor is below the window: go on with <see cref="Subscription.ReadLogAsync"/>.</summary>
    BelowWindow,

    /// <summary>The subscription has ended; see <see cref="Subscription.IsSlow"/>.</summary>
    Ended,
}
