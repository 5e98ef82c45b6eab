namespace Curlew.Hub.CommandLine;

/// <summary>Ends a command with <see cref="ExitCode.Failure"/>; the message is written for the person who typed it.</summary>
internal sealed class CommandFailedException(string message, Exception? innerException = null) : Exception(message, innerException);
