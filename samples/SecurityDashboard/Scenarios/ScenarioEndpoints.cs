using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SecurityDashboard.Scenarios;

internal static class ScenarioEndpoints
{
    public static void MapScenarios(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/scenarios", (ScenarioStage stage) => stage.All);
        var scenario = endpoints.MapGroup("/api/scenarios/{id}");
        scenario.MapPost("/play", (string id, double? speed, ScenarioStage stage) => Command(stage, id, speed, player => player.Play(speed)));
        scenario.MapPost("/pause", (string id, ScenarioStage stage) => Command(stage, id, null, static player => player.Pause()));
        scenario.MapPost("/stop", (string id, ScenarioStage stage) => Command(stage, id, null, static player => player.Stop()));
        scenario.MapPost("/speed", (string id, double speed, ScenarioStage stage) => Command(stage, id, speed, player =>
        {
            player.SetSpeed(speed);
            return true;
        }));
    }

    // A command that comes too late changes nothing and is no error: the answer tells how things are.
    private static Results<Ok<ScenarioProgress>, ProblemHttpResult> Command(ScenarioStage stage, string id, double? speed, Func<ScenarioPlayer, bool> command)
    {
        // Written so that a speed that is no number is refused, too.
        if (speed is { } given && !(given is >= ScenarioPlayer.MinSpeed and <= ScenarioPlayer.MaxSpeed))
        {
            return TypedResults.Problem(
                string.Create(CultureInfo.InvariantCulture, $"'speed' must be from {ScenarioPlayer.MinSpeed} to {ScenarioPlayer.MaxSpeed}."),
                statusCode: StatusCodes.Status400BadRequest);
        }

        if (stage.Find(id) is not { } player)
            return TypedResults.Problem($"There is no scenario '{id}'.", statusCode: StatusCodes.Status404NotFound);
        command(player);
        return TypedResults.Ok(player.Progress);
    }
}
