namespace Curlew.Tests.Publishing;

/// <summary>An event of an application, as a class.</summary>
public record OrderPlaced(int OrderNumber, string Item);
