namespace Curlew.Testing;

/// <content>The body of the response without its framing (RFC 9112, section 7.1), as far as the input reaches.</content>
public sealed partial class RawStream
{
    private BodyState _body;
    private long _remaining;
    private bool _hasDigits;
    private bool _isBlankLine;

    private enum BodyState
    {
        Head,
        ChunkSize,
        ChunkExtension,
        Chunk,
        ChunkEnd,
        Trailer,
        Counted,
        UntilClose,
        Ended,
    }

    /// <summary>The next bytes of the body in the input, not taken yet; none if the input is used up or the body has ended.</summary>
    private ReadOnlySpan<byte> PeekBody()
    {
        while (_start < _end)
        {
            switch (_body)
            {
                case BodyState.Chunk or BodyState.Counted:
                    return _input.AsSpan(_start, (int)Math.Min(_remaining, _end - _start));
                case BodyState.UntilClose:
                    return _input.AsSpan(_start, _end - _start);
                case BodyState.Ended:
                    return default;
                default:
                    StepFraming(_input[_start++]);
                    break;
            }
        }

        return default;
    }

    private void TakeBody(int count)
    {
        _start += count;
        if (_body == BodyState.UntilClose)
            return;
        _remaining -= count;
        if (_remaining == 0)
            _body = _body == BodyState.Chunk ? BodyState.ChunkEnd : BodyState.Ended;
    }

    private void StepFraming(byte octet)
    {
        switch (_body)
        {
            case BodyState.ChunkSize when char.IsAsciiHexDigit((char)octet):
                if (_remaining > long.MaxValue >> 4)
                    throw new InvalidDataException("A chunk of more bytes than there are.");
                _remaining = (_remaining << 4) | (long)Convert.ToInt32(((char)octet).ToString(), 16);
                _hasDigits = true;
                break;
            case BodyState.ChunkSize or BodyState.ChunkExtension when octet == '\n' && _hasDigits:
                (_body, _isBlankLine, _hasDigits) = (_remaining > 0 ? BodyState.Chunk : BodyState.Trailer, true, false);
                break;
            case BodyState.ChunkSize when _hasDigits && octet is (byte)'\r' or (byte)';' or (byte)' ' or (byte)'\t':
                _body = BodyState.ChunkExtension;
                break;
            case BodyState.ChunkExtension:
                break;
            case BodyState.ChunkEnd when octet == '\r':
                break;
            case BodyState.ChunkEnd when octet == '\n':
                _body = BodyState.ChunkSize;
                break;
            case BodyState.Trailer when octet == '\n':
                _body = _isBlankLine ? BodyState.Ended : BodyState.Trailer;
                _isBlankLine = true;
                break;
            case BodyState.Trailer:
                _isBlankLine &= octet == '\r';
                break;
            default:
                throw new InvalidDataException($"The chunked coding is broken: {_body} at octet {octet}.");
        }
    }
}
