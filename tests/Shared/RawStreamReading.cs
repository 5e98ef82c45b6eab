using System.Text.Json.Nodes;

namespace Curlew.Testing;

/// <summary>Reads with a deadline.</summary>
internal static class RawStreamReading
{
    extension(RawStream stream)
    {
        /// <summary>The next block, of whatever kind.</summary>
        public async Task<StreamBlock> BlockAsync() => (await stream.ReadBlockAsync(Deadline.Token)).ShouldNotBeNull("The stream ended.");

        /// <summary>The next block that a client dispatches.</summary>
        public async Task<StreamBlock> EventAsync() => (await stream.ReadEventAsync(Deadline.Token)).ShouldNotBeNull("The stream ended.");

        /// <summary>The data of the next events.</summary>
        public async Task<string[]> DataAsync(int count)
        {
            var data = new string[count];
            for (var i = 0; i < count; i++)
                data[i] = (await stream.EventAsync()).Data!;
            return data;
        }

        /// <summary>The blocks up to the proper end of the response.</summary>
        public async Task<List<StreamBlock>> RestAsync()
        {
            var blocks = new List<StreamBlock>();
            while (await stream.ReadBlockAsync(Deadline.Token) is { } block)
                blocks.Add(block);
            return blocks;
        }

        /// <summary>Asserts that the next event is a gap, and returns its data.</summary>
        public async Task<JsonNode> GapAsync(string reason)
        {
            var block = await stream.EventAsync();
            block.Type.ShouldBe("gap", block.ToString());
            var gap = JsonNode.Parse(block.Data!)!;
            ((string?)gap["reason"]).ShouldBe(reason);
            return gap;
        }
    }
}
