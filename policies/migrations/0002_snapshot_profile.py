# Written by manage.py makemigrations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('policies', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='snapshot',
            name='profile',
            field=models.JSONField(default=dict),
        ),
    ]
