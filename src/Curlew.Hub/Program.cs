Console.WriteLine("curlew");
